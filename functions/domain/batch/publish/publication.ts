import { createHash } from 'node:crypto'
import { curatedPrefix, quarantinePrefix, stagedQuarantinePrefix, tombstonesFolder } from '../../names.ts'
import { folderValues, hiveDecoded } from '../../partition/partition.ts'
import type { Manifest } from '../manifest/manifest.ts'

/** What publishing does to one curated partition. */
export interface PartitionPublication {
  /** Folder of the partition, with its slash. */
  folder: string
  copies: { from: string; to: string; bytes: number }[]
  /** Earlier content, removed once every copy exists. */
  removals: string[]
}

/**
 * `token` is of the publisher: no two publishers give a file the same name, so each can take back its own and no other's. Nothing where a
 * commit is published.
 */
export function planPublication({ dataset, partitions, tombstones = [], commit }: Manifest, token: string): PartitionPublication[] {
  if (commit !== undefined) return []
  const publication = (folder: string, { files, replaces }: Pick<Manifest['partitions'][number], 'files' | 'replaces'>) => {
    const copies = files.map(({ key, bytes }) => ({ from: key, to: publishedKey(key, folder, token), bytes }))
    return { folder, copies, removals: replaces }
  }
  return [
    // First: a removal that is known before its row is gone harms nothing, and one that is not known in time may come too late.
    ...tombstones.map((removed) => publication(tombstonesFolder(dataset, removed.path), removed)),
    ...partitions.map((partition) =>
      publication(`${curatedPrefix(dataset)}${partition.path}${partition.path === '' ? '' : '/'}`, partition),
    ),
  ]
}

/** Which run of the job staged the files: a batch that is curated again has another. */
export const runOf = ({ startedAt, finishedAt }: Manifest) =>
  createHash('sha256').update(`${startedAt}|${finishedAt}`).digest('hex').slice(0, 8)

/** `<batch_id>-<n>.parquet` is published as `<batch_id>-<n>-<token>.parquet`. */
function publishedKey(staged: string, folder: string, token: string): string {
  const name = staged.slice(staged.lastIndexOf('/') + 1)
  const dot = name.indexOf('.')
  return dot < 0 ? `${folder}${name}-${token}` : `${folder}${name.slice(0, dot)}-${token}${name.slice(dot)}`
}

/** Names that Hive and Spark pass over (`_…`, `.…`) hold no rows. */
const holdsRows = (folder: string) => (key: string) => !/^[_.]|\/$|^$/.test(key.slice(folder.length))

/** The name without its publisher: the same of all that publish this file of the batch. */
const withoutToken = (key: string) => key.replace(/-[0-9a-f]{8}(?=(\.[^/]*)?$)/, '')

/** What a partition holds beside the files of one publication of it. */
export interface Beside {
  /** What it replaces, and copies that other publishers of the same batch have made. */
  replaced: string[]
  /** Anything else: another batch published in between, and replacing the partition would undo it. */
  foreign: string[]
}

/** @param isTwin whether a file that has the name of one of its own, but for the token, is another publisher's copy, which it replaces */
export function besides({ folder, copies, removals }: PartitionPublication, present: string[], isTwin = (_key: string) => true): Beside {
  const own = new Set(copies.map(({ to }) => to))
  const replaced = new Set(removals)
  const sameFiles = new Set(copies.map(({ to }) => withoutToken(to)))
  const others = present.filter((key) => !own.has(key) && holdsRows(folder)(key))
  const isReplaced = (key: string) => replaced.has(key) || (sameFiles.has(withoutToken(key)) && isTwin(key))
  return { replaced: others.filter(isReplaced), foreign: others.filter((key) => !isReplaced(key)) }
}

/** A partition in which a publisher was cut off. */
export interface CutOff {
  /** With its slash. */
  folder: string
  token: string
  /** When the publisher had the lease, and had not yet looked at what the folder held. */
  beganAt: string
  present: { key: string; size: number; lastModified: Date }[]
  /** Tokens of publishers that entered before it, and were cut off too. */
  earlier: string[]
}

/** S3 has a clock of its own, and so has each function; a later run of a batch publishes long after that. */
const CLOCKS_DIFFER_MS = 2_000

const isCopyOf = (token: string, key: string) => key.slice(key.lastIndexOf('/')).includes(`-${token}.`)

/**
 * What to remove from a partition in which a publisher was cut off and will not resume, so that each row is in it once. Undefined: this cannot be
 * determined here. A publisher removes what it replaces only once all of its copies exist. Handle publishers that entered later first.
 * @param publication what this publisher was about to do there; undefined when nothing tells
 * @param isLastRun false when the batch has been curated again since: the later run may have given its files the same names
 */
export function repairOf(
  { folder, token, beganAt, present, earlier }: CutOff,
  publication: PartitionPublication | undefined,
  isLastRun = true,
): string[] | undefined {
  const keys = present.map(({ key }) => key)
  const own = keys.filter((key) => isCopyOf(token, key))
  if (own.length === 0) return []
  const others = keys.filter((key) => !own.includes(key) && holdsRows(folder)(key))
  if (publication === undefined) return others.length === 0 ? [] : undefined
  // Copies that S3 made late: if they had been there when this publisher looked, it would have refused to begin, or replaced them.
  const late = others.filter((key) => earlier.some((each) => isCopyOf(each, key)))
  const until = new Date(Date.parse(beganAt) + CLOCKS_DIFFER_MS)
  const before = new Set(present.filter(({ lastModified }) => lastModified < until).map(({ key }) => key))
  const { replaced, foreign } = besides(publication, keys, (key) => isLastRun || before.has(key))
  const sizes = new Map(present.map(({ key, size }) => [key, size]))
  // By size too: a late copy may have read what a later run has staged under the same name.
  const isComplete = publication.copies.every(({ to, bytes }) => sizes.get(to) === bytes)
  if (isComplete) return foreign.some((key) => !late.includes(key)) ? own : [...new Set([...replaced, ...late])]
  return others.length === 0 && publication.removals.length > 0 ? undefined : own
}

/** Quarantine files of earlier runs that this batch's replace; never one of its own. */
export function quarantineRemovals({ quarantine }: Manifest): string[] {
  const own = new Set(quarantine.files.map((file) => file.key))
  return quarantine.replaces.filter((key) => !own.has(key))
}

/** Rewritten quarantine files. Their names are those of the files that they replace, so that copying them again changes nothing. */
export function quarantineCopies({ dataset, batchId, quarantine }: Manifest): { from: string; to: string }[] {
  const staged = stagedQuarantinePrefix(dataset, batchId)
  return (quarantine.rewritten ?? []).map(({ key }) => ({ from: key, to: quarantinePrefix(dataset) + key.slice(staged.length) }))
}

/** A partition by the values of its keys, and by the text of its folders, where `a=b` is spelled `a%3Db`. */
export interface PublishedPartition {
  values: Record<string, string>
  asWritten: Record<string, string>
  /** Key prefix in the lake, with its slash. */
  folder: string
}

/** The partitions that readers must find in the catalog afterwards; none for a table without partition keys. */
export function publishedPartitions(manifest: Manifest): { curated: PublishedPartition[]; quarantine: PublishedPartition[] } {
  const curated = manifest.partitions
    // Partitions of an Iceberg table are in its own metadata.
    .filter((partition) => manifest.commit === undefined && partition.files.length > 0 && partition.path !== '')
    .map(({ values, path }) => ({ values, asWritten: folderValues(path), folder: `${curatedPrefix(manifest.dataset)}${path}/` }))
  const folders = new Set(
    manifest.quarantine.files.map(({ key }) => key.slice(quarantinePrefix(manifest.dataset).length, Math.max(0, key.lastIndexOf('/')))),
  )
  const quarantine = [...folders]
    .filter((folder) => folder.includes('='))
    .map((folder) => {
      const asWritten = folderValues(folder)
      const decoded = Object.entries(asWritten).map(([key, text]) => [key, hiveDecoded(text) ?? text])
      return { values: Object.fromEntries(decoded), asWritten, folder: `${quarantinePrefix(manifest.dataset)}${folder}/` }
    })
  return { curated, quarantine }
}
