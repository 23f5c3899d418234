import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ManifestError } from '../../errors.ts'
import {
  curatedPrefix,
  quarantinePrefix,
  sourceKeysPrefix,
  stagedPrefix,
  stagedQuarantinePrefix,
  stagedTombstonesPrefix,
  tombstonesFolder,
} from '../../names.ts'
import { inFull, plural } from '../../words.ts'
import { traitsOf } from '../source.ts'
import { isPureCompaction, type Manifest, manifestSchema } from './manifest.ts'
import { conservation, rowsAreConserved } from './row-counts.ts'

/** How many reasons an execution's output and an alert show; the manifest has all. */
const TOP_REASONS = 20

/** What the state machine decides by: the manifest without its lists, which may be longer than a state may hold. */
export const manifestSummarySchema = z.object({
  rows: manifestSchema.shape.rows,
  quarantineRate: z.number(),
  quarantinedByRule: z.record(z.string(), z.number()),
  /** Curated partitions that were staged. */
  partitions: z.number().int(),
  stagedFiles: z.number().int(),
  quarantineFiles: z.number().int(),
  /** In words, for the execution's output and an error's Cause. */
  finding: z.string(),
  /** The same for the same staged content, another when the batch was curated again. */
  contentToken: z.string(),
})
export type ManifestSummary = z.infer<typeof manifestSummarySchema>

/**
 * Checks what publishing depends on: rows add up, and every key is where this batch may write. The job's claim alone is not enough.
 * @throws ManifestError
 */
export function checkManifest(text: string | undefined, dataset: string, batchId: string): Manifest {
  const refuse = (why: string): never => {
    throw new ManifestError(`manifest of batch ${batchId}: ${why}`)
  }
  if (text === undefined) return refuse('is missing, although the job run succeeded')
  const parsed = manifestSchema.safeParse(parseJson(text))
  if (!parsed.success) return refuse(`is not a manifest (${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message})`)
  const manifest = parsed.data
  if (manifest.dataset !== dataset || manifest.batchId !== batchId) refuse(`belongs to ${manifest.dataset} ${manifest.batchId}`)
  if (!rowsAreConserved(manifest)) refuse(conservation(manifest.rows).replace(' read = ', ' rows read, but '))
  if (!traitsOf(manifest.source).countsRows && !isPureCompaction(manifest))
    refuse('is that of a compaction, but its row counts differ from those of the files that it replaces')
  const within = (keys: string[], prefix: string) => {
    const stray = keys.find((key) => !key.startsWith(prefix) || key.split('/').includes('..'))
    if (stray !== undefined) refuse(`names ${stray}, which is not below ${prefix}`)
  }
  for (const partition of manifest.partitions) {
    const files = partition.files.map((file) => file.key)
    within(files, stagedPrefix(dataset, batchId))
    within(partition.replaces, partition.path === '' ? curatedPrefix(dataset) : `${curatedPrefix(dataset)}${partition.path}/`)
  }
  for (const { path, files, replaces } of manifest.tombstones ?? []) {
    within(
      files.map((file) => file.key),
      stagedTombstonesPrefix(dataset, batchId),
    )
    within(replaces, tombstonesFolder(dataset, path))
  }
  within(manifest.gold?.retires ?? [], sourceKeysPrefix(dataset))
  within([...manifest.quarantine.files.map((file) => file.key), ...manifest.quarantine.replaces], quarantinePrefix(dataset))
  within(
    (manifest.quarantine.rewritten ?? []).map((file) => file.key),
    stagedQuarantinePrefix(dataset, batchId),
  )
  return manifest
}

export function summarizeManifest(manifest: Manifest): ManifestSummary {
  const { read, quarantined } = manifest.rows
  const reasons = topReasons(manifest)
  const most = reasons.slice(0, 3).map(([reason, count]) => `${reason} ${inFull(count)}`)
  return {
    rows: manifest.rows,
    quarantineRate: quarantineRate(manifest),
    quarantinedByRule: Object.fromEntries(reasons.slice(0, TOP_REASONS)),
    partitions: manifest.partitions.length,
    stagedFiles: manifest.partitions.reduce((sum, partition) => sum + partition.files.length, 0),
    quarantineFiles: manifest.quarantine.files.length,
    finding:
      compactionFinding(manifest) ??
      goldFinding(manifest) ??
      `${inFull(quarantined)} of ${inFull(read)} rows quarantined (${percent(quarantineRate(manifest))}${most.length > 0 ? `; ${most.join(', ')}` : ''})`,
    contentToken: createHash('sha256').update(`${manifest.batchId}|${manifest.startedAt}|${manifest.finishedAt}`).digest('hex'),
  }
}

/** What a compaction or a migration did, in words; undefined of any other batch. */
export function compactionFinding({
  source,
  compacted,
  partitions,
  metrics,
}: Pick<Manifest, 'source' | 'compacted' | 'partitions' | 'metrics'>): string | undefined {
  if (compacted === undefined) return undefined
  if (source === 'migration')
    return `${plural(compacted.files, 'file')} of ${plural(partitions.length, 'partition')} belong to the Iceberg table now, with the same ${plural(compacted.rows, 'row')}`
  const checked = metrics.keysChecked === undefined ? '' : `; each of ${metrics.keysChecked} keys occurs once`
  if (partitions.length === 0) return `nothing to compact: no partition holds more files than its size asks for${checked}`
  const files = compacted.filesAfter ?? partitions.reduce((sum, partition) => sum + partition.files.length, 0)
  const where = partitions.length === 1 ? 'one partition' : `${partitions.length} partitions`
  return `${compacted.files} files of ${where} became ${files}, with the same ${compacted.rows} rows${checked}`
}

/** What a batch of a gold dataset did, in words; undefined of any other batch. */
export function goldFinding({ gold, rows, partitions }: Pick<Manifest, 'gold' | 'rows' | 'partitions'>): string | undefined {
  if (gold === undefined) return undefined
  if (gold.rebuilt === 0) return 'nothing to rebuild: no change of a source reaches this table'
  const what = gold.rebuilt === 'everything' ? 'the whole table' : 'what the changes of its sources reach'
  return `${what} was computed anew: ${plural(rows.read, 'row')} in ${plural(partitions.length, 'partition')}`
}

/** Columns that a sentence names; the manifest has all. */
const COLUMNS_SHOWN = 5

/**
 * Where the batch's files differ from the contract, in words; undefined when nowhere. Without `unknownNames` unknown columns are only
 * counted: where a file lacks the header that the contract asks for, their names are a row's values.
 */
export function driftFinding({ drift }: Pick<Manifest, 'drift'>, { unknownNames }: { unknownNames: boolean }): string | undefined {
  const [missing, unknown] = [drift.missing, drift.unknown].map((files) => Object.entries(files))
  const mark = otherDelimiter(Object.keys(drift.missing), Object.keys(drift.unknown))
  const found = [
    ...(missing?.length ? [`missing: ${columnList(missing)}`] : []),
    ...(unknown?.length ? [unknownNames ? `unknown: ${columnList(unknown)}` : `unknown columns: ${unknown.length}`] : []),
    ...(mark === undefined ? [] : [`the delimiter looks like ${mark}`]),
  ]
  return found.length === 0 ? undefined : found.join('; ')
}

/** Where one unknown column is a whole header: what stands between the names that are missing. */
function otherDelimiter(missing: string[], unknown: string[]): string | undefined {
  const names = new Set(missing.map((name) => name.toLowerCase()))
  const separates = (mark: string) =>
    unknown.some((header) => header.split(mark).filter((part) => names.has(part.trim().replaceAll('"', '').toLowerCase())).length >= 2)
  return Object.entries(DELIMITERS).find(([mark]) => separates(mark))?.[1]
}

const DELIMITERS: Record<string, string> = { ';': '";"', ',': '","', '|': '"|"', '\t': 'a tab' }

function columnList(columns: [string, number][]): string {
  // As JSON, whatever the header of a file may hold shows, and does nothing to a terminal.
  const named = columns.slice(0, COLUMNS_SHOWN).map(([name, files]) => {
    const shown = /^[\p{L}\p{N}_ ().-]+$/u.test(name) ? name : JSON.stringify(name)
    return `${shown} (${plural(files, 'file')})`
  })
  return `${named.join(', ')}${columns.length > COLUMNS_SHOWN ? ` and ${columns.length - COLUMNS_SHOWN} more` : ''}`
}

/** Rows that only wait for a parent are not bad. */
export const quarantineRate = ({ rows, waiting }: Pick<Manifest, 'rows' | 'waiting'>) =>
  rows.read === 0 ? 0 : (rows.quarantined - (waiting?.rows ?? 0)) / rows.read

export const topReasons = ({ quarantinedByRule }: Pick<Manifest, 'quarantinedByRule'>) =>
  Object.entries(quarantinedByRule)
    .filter(([, count]) => count > 0)
    .sort(([left, some], [right, more]) => more - some || (left < right ? -1 : 1))

/** 0.0312 → 3.12%; enough digits that a rate over its limit never reads as equal to it. */
export const percent = (rate: number) => `${Number((rate * 100).toPrecision(3))}%`

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
