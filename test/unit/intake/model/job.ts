import type { Manifest } from '../../../../functions/domain/batch/manifest/manifest.ts'
import type { BatchPlan } from '../../../../functions/domain/batch/plan.ts'
import { curatedPrefix, manifestKey, quarantinePrefix, stagedPrefix } from '../../../../functions/domain/names.ts'
import { merged, type Row, rowsOf, type SimulatedLake } from './lake.ts'

/** Rows of a file: `key` is of the file's number, so that files of several partitions have rows of one key. */
export interface RawFile {
  key: string
  content: string
  /** Which version of the object it is, among all that ever landed: rows of a later one win. */
  version: number
}

const PARTITIONS = 2
const FILES_A_PARTITION = 2
/** Content that the contract's rules refuse: until it is replayed under a contract that takes it. */
export const isBad = (content: string) => content.startsWith('content 2')

/** Each file has a row of its own and one that it shares with others. */
export function rowsIn({ key, content, version }: RawFile): Row[] {
  const number = Number(/part (\d+)/.exec(key)?.[1] ?? 0)
  return [`own-${number}`, `shared-${number % 3}`].map((rowKey) => ({ key: rowKey, order: version, value: content }))
}

const partitionOf = (row: Row) => `p=${(row.key.charCodeAt(row.key.length - 1) + row.key.length) % PARTITIONS}`

/** What the job does, and the good rows that it had: merges with the existing rows of its partitions, stages whole partitions, writes the manifest last. */
export function curate(plan: BatchPlan, files: RawFile[], run: number, lake: SimulatedLake): Row[] {
  const { dataset, batchId } = plan
  const fromQuarantine = plan.source === 'quarantine' ? lake.keys(quarantinePrefix(dataset)) : []
  const replayed = fromQuarantine.flatMap((key) => rowsOf(lake.objects.get(key) ?? '[]'))
  const good = [...files.filter(({ content }) => !isBad(content)).flatMap(rowsIn), ...replayed]
  const bad = files.filter(({ content }) => isBad(content)).flatMap(rowsIn)
  const paths = new Set(good.map(partitionOf))
  const names = namesOf(plan)
  const partitions = [...paths].sort().map((path) => {
    const folder = `${curatedPrefix(dataset)}${path}/`
    const replaces = lake.keys(folder)
    const rows = merged([...lake.rows(folder), ...good.filter((row) => partitionOf(row) === path)])
    return stagedPartition({ path, replaces, rows, files: FILES_A_PARTITION }, names, lake)
  })
  const quarantineKey = `${quarantinePrefix(dataset)}day=01/${batchId}-0.parquet`
  if (bad.length > 0) lake.objects.set(quarantineKey, JSON.stringify(bad))
  // A batch of landings leaves alone what other batches have set aside, as tables/manifest.py does.
  const replacesQuarantine = plan.source === 'quarantine' ? fromQuarantine : []
  write(plan, partitions, run, lake, {
    rows: { read: 0, written: 0, duplicates: 0, superseded: 0, quarantined: 0 },
    quarantine: { files: bad.length > 0 ? [{ key: quarantineKey, bytes: 1 }] : [], replaces: replacesQuarantine },
    missingObjects: plan.objects.map(({ key }) => key).filter((key) => !files.some((file) => file.key === key)),
    readLandings: (plan.unread ?? []).map(({ key }) => key).filter((key) => files.some((file) => file.key === key)),
  })
  return good
}

/** The same rows in fewer files; none of them is new. Undefined when it refuses: a partition has files of two publications. */
export function compact(plan: BatchPlan, run: number, lake: SimulatedLake): Row[] | undefined {
  const { dataset } = plan
  const partitions: Manifest['partitions'] = []
  let rowsBefore = 0
  const names = namesOf(plan)
  for (let number = 0; number < PARTITIONS; number += 1) {
    const path = `p=${number}`
    const replaces = lake.keys(`${curatedPrefix(dataset)}${path}/`)
    if (replaces.length < 2) continue
    if (new Set(replaces.map((key) => key.replace(/-\d+(?=-[0-9a-f]{8}\.)/, ''))).size > 1) return undefined
    const rows = replaces.flatMap((key) => rowsOf(lake.objects.get(key) ?? '[]'))
    rowsBefore += rows.length
    partitions.push(stagedPartition({ path, replaces, rows, files: 1 }, names, lake))
  }
  write(plan, partitions, run, lake, {
    rows: { read: 0, written: 0, duplicates: 0, superseded: 0, quarantined: 0 },
    quarantine: { files: [], replaces: [] },
    compacted: { rows: rowsBefore, files: 2, bytes: 2 },
    missingObjects: [],
  })
  return []
}

/** Keys of staged files, numbered through all partitions, as the job does: another run may give the files of a partition other names. */
function namesOf({ dataset, batchId }: BatchPlan): (path: string) => string {
  let number = 0
  return (path) => `${stagedPrefix(dataset, batchId)}${path}/${batchId}-${number++}.parquet`
}

function stagedPartition(
  { path, replaces, rows, files }: { path: string; replaces: string[]; rows: Row[]; files: number },
  nextKey: (path: string) => string,
  lake: SimulatedLake,
) {
  const cut = Array.from({ length: Math.min(files, rows.length) }, (_, n) => rows.filter((__, index) => index % files === n))
  const staged = cut.map((some) => {
    const [key, text] = [nextKey(path), JSON.stringify(some)]
    lake.objects.set(key, text)
    return { key, bytes: text.length }
  })
  return { path, values: { p: path.slice(2) }, rows: rows.length, files: staged, replaces }
}

function write(
  { dataset, batchId, source }: BatchPlan,
  partitions: Manifest['partitions'],
  run: number,
  lake: SimulatedLake,
  counts: Pick<Manifest, 'rows' | 'quarantine' | 'compacted' | 'readLandings' | 'missingObjects'>,
): void {
  const manifest: Manifest = {
    dataset,
    batchId,
    source,
    contractVersion: '000000000001',
    quarantinedByRule: {},
    partitions,
    drift: { missing: {}, unknown: {} },
    input: { files: 0, bytes: 0 },
    metrics: {},
    startedAt: String(run),
    finishedAt: String(run),
    ...counts,
  }
  lake.objects.set(manifestKey(dataset, batchId), JSON.stringify(manifest))
}
