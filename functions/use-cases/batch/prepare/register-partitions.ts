import { rawPrefix } from '../../../domain/names.ts'
import { folderValues, partitionPath } from '../../../domain/partition/partition.ts'
import type { PartitionProof, PartitionRegistry } from '../../../ports/catalog.ts'

/** A partition by the values of its keys, by the text of its folders (`a=b` is spelled `a%3Db` there), and where it is. */
export interface CataloguedPartition {
  values: Record<string, string>
  asWritten: Record<string, string>
  /** `s3://bucket/folder/` */
  location: string
}

/** The raw partitions of these objects. */
export function rawPartitions(
  dataset: string,
  objects: { key: string; partition: Record<string, string> }[],
  partitionKeys: readonly string[],
  rawBucket: string,
): CataloguedPartition[] {
  if (partitionKeys.length === 0) return []
  const byPath = new Map<string, CataloguedPartition>()
  for (const { key, partition } of objects) {
    const folders = key.slice(rawPrefix(dataset).length, key.lastIndexOf('/'))
    const location = `s3://${rawBucket}/${rawPrefix(dataset)}${folders}/`
    byPath.set(partitionPath(partition, partitionKeys), { values: partition, asWritten: folderValues(folders), location })
  }
  return [...byPath.values()]
}

/**
 * Registers those of the partitions that the catalog does not have, with their table's own storage descriptor.
 * @returns what was registered: all that a crawl has left out
 */
export async function registerMissing(
  table: string,
  partitions: CataloguedPartition[],
  { proof, registry }: { proof: PartitionProof; registry: Pick<PartitionRegistry, 'register'> },
): Promise<CataloguedPartition[]> {
  const missing = await notCatalogued(table, partitions, proof)
  if (missing.length > 0) await registry.register(table, missing)
  return missing
}

/** AWS does not document whether a crawler notes the folder `city=a%3Db` as a=b or as it is written. Readers find either. */
export async function notCatalogued<Partition extends Pick<CataloguedPartition, 'values' | 'asWritten'>>(
  table: string,
  partitions: Partition[],
  proof: PartitionProof,
): Promise<Partition[]> {
  const ask = async (those: Partition[], by: 'values' | 'asWritten') => {
    const missing = new Set(
      await proof.missing(
        table,
        those.map((each) => each[by]),
      ),
    )
    return those.filter((each) => missing.has(each[by]))
  }
  const missing = await ask(partitions, 'values')
  const isEscaped = ({ values, asWritten }: Partition) => Object.keys(values).some((key) => values[key] !== asWritten[key])
  const escaped = missing.filter(isEscaped)
  if (escaped.length === 0) return missing
  const stillMissing = await ask(escaped, 'asWritten')
  return missing.filter((each) => !isEscaped(each) || stillMissing.includes(each))
}
