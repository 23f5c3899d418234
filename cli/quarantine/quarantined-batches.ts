import pMap from 'p-map'
import { manifestSchema } from '../../functions/domain/batch/manifest/manifest.ts'
import { manifestKey } from '../../functions/domain/names.ts'
import type { Deployment } from '../deployment/connect.ts'
import { withCopies } from './copies.ts'
import { fetchFiles, foldersOf, type QuarantinedFile, quarantineFiles } from './fetch.ts'
import { type QuarantineSummary, quarantineScript } from './python-script.ts'

/** The rows of one batch that are in quarantine. */
export interface QuarantinedBatch {
  batchId: string
  files: QuarantinedFile[]
  rows: number
  reasons: Record<string, number>
}

const MANIFESTS_AT_ONCE = 16

/**
 * Counts by batch, newest batch first. The counts come from the batch's manifest while exactly its files exist; where a replay or a
 * backfill has taken some away since, or only some partitions are asked for, the rows are counted. No other file is fetched.
 * @param partition folders such as `day=2025-01-01`; a file must be in all of them
 */
export async function quarantinedBatches(
  dataset: string,
  deployment: Deployment,
  wanted: { batchId?: string; partition?: string[] } = {},
): Promise<QuarantinedBatch[]> {
  const byBatch = new Map<string, QuarantinedFile[]>()
  for (const file of await quarantineFiles(dataset, deployment)) {
    const batchId = batchOf(file, dataset)
    if (wanted.batchId === undefined || wanted.batchId === batchId) byBatch.set(batchId, [...(byBatch.get(batchId) ?? []), file])
  }
  const newestFirst = [...byBatch].sort(([left], [right]) => (left < right ? 1 : -1))
  return (
    await pMap(
      newestFirst,
      async ([batchId, all]): Promise<QuarantinedBatch | undefined> => {
        const files = all.filter(({ key }) => (wanted.partition ?? []).every((part) => foldersOf(key).includes(part)))
        if (files.length === 0) return undefined
        const said = files.length === all.length ? await countsOfManifest(dataset, batchId, files, deployment) : undefined
        return { batchId, files, ...(said ?? (await countRows(files, deployment))) }
      },
      { concurrency: MANIFESTS_AT_ONCE },
    )
  ).filter((batch) => batch !== undefined)
}

export function totalOf(batches: QuarantinedBatch[]): { rows: number; reasons: Record<string, number> } {
  const reasons: Record<string, number> = {}
  for (const batch of batches) for (const [reason, rows] of Object.entries(batch.reasons)) reasons[reason] = (reasons[reason] ?? 0) + rows
  const most = Object.entries(reasons).sort(([left, some], [right, more]) => more - some || (left < right ? -1 : 1))
  return { rows: batches.reduce((sum, { rows }) => sum + rows, 0), reasons: Object.fromEntries(most) }
}

async function countsOfManifest(dataset: string, batchId: string, files: QuarantinedFile[], { lake }: Deployment) {
  const text = await lake.getText(manifestKey(dataset, batchId))
  const manifest = text === undefined ? undefined : manifestSchema.safeParse(JSON.parse(text)).data
  if (!manifest) return undefined
  const named = new Map(manifest.quarantine.files.map(({ key, bytes }) => [key, bytes]))
  const isWhole = named.size === files.length && files.every(({ whole, size }) => named.get(whole) === size)
  const reasons = Object.fromEntries(Object.entries(manifest.quarantinedByRule).filter(([, rows]) => rows > 0))
  return isWhole ? { rows: manifest.rows.quarantined, reasons } : undefined
}

async function countRows(files: QuarantinedFile[], deployment: Deployment) {
  return withCopies(async (folder) => {
    await fetchFiles(files, folder, deployment)
    const { rows, reasons } = await quarantineScript<QuarantineSummary>('summary.py', folder, '0')
    return { rows, reasons: Object.fromEntries(reasons.map((each) => [each.reason, each.rows])) }
  })
}

/** `…/<batch id>-<number>….parquet`; of a file from another writer, its name. */
function batchOf({ key }: QuarantinedFile, dataset: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1)
  return name.match(new RegExp(`^(${dataset}-\\d{8}T\\d{6}Z-[0-9a-f]{8})-`))?.[1] ?? name
}
