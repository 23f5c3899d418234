import type { Contract } from '../contract/contract.ts'
import { curatedPrefix } from '../names.ts'
import { hiveDecoded } from '../partition/partition.ts'

const MB = 1024 * 1024

export interface CrowdedPartition {
  /** Hive path below `curated/<dataset>/`; '' for a table without partitions. */
  path: string
  files: number
  bytes: number
  /** Files that a compaction leaves, at most. */
  filesAfter: number
}

export interface CompactionForecast {
  /** Looked at, crowded or not. */
  partitions: number
  crowded: CrowdedPartition[]
}

/**
 * Which curated partitions a compaction would write again: those with more files than their bytes ask for. The job decides
 * by the same rule (glue-scripts/sluice_etl/tables/parquet/compaction.py) over the files that exist when it runs.
 */
export function forecastCompaction(
  objects: Iterable<{ key: string; size: number }>,
  { dataset, curated }: Pick<Contract, 'dataset' | 'curated'>,
  isSelected: (values: Record<string, string>) => boolean = () => true,
): CompactionForecast {
  const found = new Map<string, { files: number; bytes: number }>()
  for (const { key, size } of objects) {
    if (size === 0 || !key.endsWith('.parquet')) continue
    const path = key.slice(curatedPrefix(dataset).length).split('/').slice(0, -1).join('/')
    const tally = found.get(path) ?? { files: 0, bytes: 0 }
    found.set(path, { files: tally.files + 1, bytes: tally.bytes + size })
  }
  const selected = [...found].filter(([path]) => isSelected(valuesOf(path)))
  const crowded = selected
    .map(([path, { files, bytes }]) => ({ path, files, bytes, filesAfter: Math.max(1, Math.ceil(bytes / (curated.target_file_mb * MB))) }))
    .filter(({ files, filesAfter }) => files > filesAfter)
    .sort((left, right) => (left.path < right.path ? -1 : 1))
  return { partitions: selected.length, crowded }
}

function valuesOf(path: string): Record<string, string> {
  const folders = path === '' ? [] : path.split('/')
  return Object.fromEntries(
    folders.map((folder) => {
      const equals = folder.indexOf('=')
      const value = folder.slice(equals + 1)
      return [folder.slice(0, equals), hiveDecoded(value) ?? value]
    }),
  )
}
