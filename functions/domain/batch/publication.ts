import { createHash } from 'node:crypto'
import { curatedPrefix, quarantinePrefix } from '../names.ts'
import { folderValues, hiveDecoded } from '../partition/partition.ts'
import type { Manifest } from './manifest.ts'

/** What publishing does to one curated partition. */
export interface PartitionPublication {
  /** Folder of the partition, with its slash. */
  folder: string
  copies: { from: string; to: string }[]
  /** Earlier content, removed once every copy stands. */
  removals: string[]
}

export function planPublication(manifest: Manifest): PartitionPublication[] {
  return manifest.partitions.map((partition) => {
    const folder = partition.path === '' ? curatedPrefix(manifest.dataset) : `${curatedPrefix(manifest.dataset)}${partition.path}/`
    const copies = partition.files.map(({ key }) => ({ from: key, to: publishedKey(key, folder, manifest) }))
    const targets = new Set(copies.map((copy) => copy.to))
    return { folder, copies, removals: partition.replaces.filter((key) => !targets.has(key)) }
  })
}

/**
 * `<batch_id>-<n>.parquet` is published as `<batch_id>-<n>-<run>.parquet`, where <run> is of the run that staged it. A batch that is curated
 * anew finds files of its first run among what it replaces: to overwrite one of them while another still stood could lose rows,
 * if publishing stopped just then.
 */
function publishedKey(staged: string, folder: string, { startedAt, finishedAt }: Manifest): string {
  const name = staged.slice(staged.lastIndexOf('/') + 1)
  const run = createHash('sha256').update(`${startedAt}|${finishedAt}`).digest('hex').slice(0, 8)
  const dot = name.indexOf('.')
  return dot < 0 ? `${folder}${name}-${run}` : `${folder}${name.slice(0, dot)}-${run}${name.slice(dot)}`
}

/**
 * Files in the partition that the curate job did not read and that are not of this publication: another batch published in between,
 * and replacing the partition would undo it. Names that Hive and Spark pass over (`_…`, `.…`) hold no rows.
 */
export function foreignFiles({ folder, copies, removals }: PartitionPublication, present: string[]): string[] {
  const ours = new Set([...copies.map((copy) => copy.to), ...removals])
  return present.filter((key) => !ours.has(key) && !/^[_.]|\/$|^$/.test(key.slice(folder.length)))
}

/** Quarantine files of earlier runs that this batch's replace; never one of its own. */
export function quarantineRemovals({ quarantine }: Manifest): string[] {
  const own = new Set(quarantine.files.map((file) => file.key))
  return quarantine.replaces.filter((key) => !own.has(key))
}

/** A partition by the values of its keys, and by the text of its folders, where `a=b` is spelled `a%3Db`. */
export interface PublishedPartition {
  values: Record<string, string>
  asWritten: Record<string, string>
}

/** The partitions that readers must find in the catalog afterwards; none for a table without partition keys. */
export function publishedPartitions(manifest: Manifest): { curated: PublishedPartition[]; quarantine: PublishedPartition[] } {
  const curated = manifest.partitions
    .filter((partition) => partition.files.length > 0 && partition.path !== '')
    .map(({ values, path }) => ({ values, asWritten: folderValues(path) }))
  const folders = new Set(
    manifest.quarantine.files.map(({ key }) => key.slice(quarantinePrefix(manifest.dataset).length, Math.max(0, key.lastIndexOf('/')))),
  )
  const quarantine = [...folders]
    .filter((folder) => folder.includes('='))
    .map((folder) => {
      const asWritten = folderValues(folder)
      const decoded = Object.entries(asWritten).map(([key, text]) => [key, hiveDecoded(text) ?? text])
      return { values: Object.fromEntries(decoded), asWritten }
    })
  return { curated, quarantine }
}
