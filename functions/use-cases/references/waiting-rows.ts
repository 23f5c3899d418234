import pMap from 'p-map'
import { manifestSchema } from '../../domain/batch/manifest/manifest.ts'
import { manifestKey, quarantinePrefix } from '../../domain/names.ts'
import type { ObjectStore } from '../../ports/object-store.ts'

/** Rows of a dataset that wait for the key of a parent. */
export interface WaitingRows {
  /** By the manifests of their batches; fewer where a file that landed again has taken some away. */
  rows: number
  /** ISO. Since when the oldest of them waits. */
  since: string
  /** ISO. When the newest of them was held against the tables of its parents. */
  judgedAt: string
}

const MANIFESTS_AT_ONCE = 16
/** `<batch id>-<number>.parquet`, and what is left of such a file; see batch_files.py. */
const FILE = /([^/]+)-\d+(-without-[0-9a-f]{8})?\.parquet$/

/** Undefined where none waits. Costs a listing of the dataset's quarantine, and a read for each batch that has rows there. */
export async function waitingRows(dataset: string, lake: Pick<ObjectStore, 'getText' | 'list'>): Promise<WaitingRows | undefined> {
  const batches = new Set<string>()
  for await (const page of lake.list(quarantinePrefix(dataset)))
    for (const { key } of page) {
      const [, batchId] = FILE.exec(key) ?? []
      if (batchId !== undefined) batches.add(batchId)
    }
  const manifests = await pMap(batches, (batchId) => lake.getText(manifestKey(dataset, batchId)), { concurrency: MANIFESTS_AT_ONCE })
  const found = manifests.flatMap((text) => {
    const manifest = text === undefined ? undefined : manifestSchema.safeParse(JSON.parse(text)).data
    return manifest?.waiting ? [{ ...manifest.waiting, judgedAt: manifest.startedAt }] : []
  })
  const [first] = found
  if (first === undefined) return undefined
  return {
    rows: found.reduce((sum, { rows }) => sum + rows, 0),
    since: found.reduce((oldest, { since }) => (since < oldest ? since : oldest), first.since),
    judgedAt: found.reduce((newest, { judgedAt }) => (judgedAt > newest ? judgedAt : newest), first.judgedAt),
  }
}
