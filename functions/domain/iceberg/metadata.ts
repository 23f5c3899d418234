import { isLosslessNumber, LosslessNumber, parse, stringify } from 'lossless-json'
import { z } from 'zod'

/**
 * The metadata file of an Iceberg table, format version 2 (the Iceberg table spec, "Table Metadata"). Snapshot ids have 64 bits, more than
 * a number of JavaScript: numbers stay the text that they are in the file.
 */
const number = z.custom<LosslessNumber>(isLosslessNumber, 'must be a number')
const snapshot = z.looseObject({
  'snapshot-id': number,
  'parent-snapshot-id': number.optional(),
  'timestamp-ms': number,
  summary: z.record(z.string(), z.string()).default({}),
})
const metadataSchema = z.looseObject({
  'format-version': number,
  location: z.string(),
  'last-updated-ms': number,
  'current-snapshot-id': number.optional(),
  properties: z.record(z.string(), z.string()).default({}),
  snapshots: z.array(snapshot).default([]),
  'snapshot-log': z.array(z.looseObject({})).default([]),
  'metadata-log': z.array(z.looseObject({})).default([]),
  refs: z.record(z.string(), z.looseObject({ 'snapshot-id': number, type: z.string() })).default({}),
})
export type TableMetadata = z.infer<typeof metadataSchema>
export type Snapshot = z.infer<typeof snapshot>

export const MAIN = 'main'
/** In a snapshot's summary: the batch that made it (tables/iceberg/branch.py). */
export const BATCH_ID = 'sluice.batch-id'
/** In a snapshot's summary: what the batch was started for (domain/batch/source.ts). */
export const SOURCE = 'sluice.source'
/** In a snapshot's summary: where the keys are that `delete_when` has removed (tables/iceberg/removed_keys.py). The table's own are those of `main`. */
export const TOMBSTONES = 'sluice.tombstones'

/** Undefined for a text that is no metadata of format version 2. */
export function readMetadata(text: string): TableMetadata | undefined {
  try {
    const parsed = metadataSchema.safeParse(parse(text))
    return parsed.success && parsed.data['format-version'].value === '2' ? parsed.data : undefined
  } catch {
    return undefined
  }
}

export const writeMetadata = (metadata: TableMetadata): string => stringify(metadata) as string

/** Where the branch is, as text; undefined when there is no such branch. */
export const headOf = ({ refs }: TableMetadata, branch = MAIN): string | undefined => refs[branch]?.['snapshot-id'].value

export const findSnapshot = ({ snapshots }: TableMetadata, id: string | undefined): Snapshot | undefined =>
  snapshots.find((each) => each['snapshot-id'].value === id)

/** The snapshots that `main` has been through, newest first, as far as they have not expired. */
export function historyOf(metadata: TableMetadata): Snapshot[] {
  const found: Snapshot[] = []
  let next = findSnapshot(metadata, headOf(metadata))
  while (next !== undefined && !found.includes(next)) {
    found.push(next)
    next = findSnapshot(metadata, next['parent-snapshot-id']?.value)
  }
  return found
}

/** The metadata with `main` at another snapshot, and without these branches. `from` is the file that `metadata` was read from. */
export function withMainAt(metadata: TableMetadata, id: string, from: string, now: Date, dropped: readonly string[] = []): TableMetadata {
  const before = metadata['last-updated-ms']
  // Readers refuse a log that runs backwards.
  const time = new LosslessNumber(String(Math.max(now.getTime(), Number(before.value))))
  const kept = Object.fromEntries(Object.entries(metadata.refs).filter(([name]) => !dropped.includes(name)))
  const at = new LosslessNumber(id)
  const removed = findSnapshot(metadata, id)?.summary[TOMBSTONES]
  const { [TOMBSTONES]: _, ...properties } = metadata.properties
  return {
    ...metadata,
    properties: { ...properties, ...(removed !== undefined && { [TOMBSTONES]: removed }) },
    'last-updated-ms': time,
    'current-snapshot-id': at,
    refs: { ...kept, [MAIN]: { type: 'branch', ...metadata.refs[MAIN], 'snapshot-id': at } },
    'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': time, 'snapshot-id': at }],
    'metadata-log': [...metadata['metadata-log'], { 'timestamp-ms': before, 'metadata-file': from }],
  }
}

/** The metadata without these branches; `main` stays where it is. */
export function withoutBranches(metadata: TableMetadata, names: string[], from: string, now: Date): TableMetadata {
  const before = metadata['last-updated-ms']
  return {
    ...metadata,
    'last-updated-ms': new LosslessNumber(String(Math.max(now.getTime(), Number(before.value)))),
    refs: Object.fromEntries(Object.entries(metadata.refs).filter(([name]) => !names.includes(name))),
    'metadata-log': [...metadata['metadata-log'], { 'timestamp-ms': before, 'metadata-file': from }],
  }
}

/** Branches that batches have made and that are not published (tables/iceberg/branch.py). */
export const batchBranches = ({ refs }: TableMetadata): string[] => Object.keys(refs).filter((name) => name.startsWith('batch_'))

/** `…/metadata/00007-<uuid>.metadata.json` → `…/metadata/00008-<token>.metadata.json`; undefined where the name is of another kind. */
export function nextMetadataLocation(location: string, token: string): string | undefined {
  const [, folder, version] = /^(.*\/)(\d+)-[^/]*\.metadata\.json$/.exec(location) ?? []
  return version === undefined ? undefined : `${folder}${String(Number(version) + 1).padStart(5, '0')}-${token}.metadata.json`
}
