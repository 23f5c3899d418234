/** The dataset of infra/canary, and the file that one run lands in it. */
export const CANARY = 'sluice_canary'

/** The alert that the file's bad row brings about. */
export const CANARY_ALERT = 'quarantine-rate'

export interface CanaryFile {
  /** Of the raw bucket. */
  key: string
  text: string
  rawPartition: { smoke: string }
  curatedPartition: { run: string }
}

/** Three rows, one of them bad. No two runs share a row, a raw partition or a curated one. */
export function canaryFile(id: string): CanaryFile {
  const rows = [5, 7, -1].map((amount, row) => `${id}-${row},${id},${amount}`)
  return {
    key: `raw/${CANARY}/smoke=${id}/rows.csv`,
    text: `id,run,amount\n${rows.join('\n')}\n`,
    rawPartition: { smoke: id },
    curatedPartition: { run: id },
  }
}
