import type { IngestInput } from '../../../domain/batch/batch.ts'
import type { Contract } from '../../../domain/contract/contract.ts'
import { InvalidInputError } from '../../../domain/errors.ts'
import { tableNames } from '../../../domain/names.ts'
import { curatedSelector } from '../../../domain/partition/curated-selection.ts'
import { readPartition } from '../../../domain/partition/named-partition.ts'
import { predicatesFor } from '../../../domain/partition/predicate.ts'
import { comparesNumbers, selects } from '../../../domain/partition/predicate-evaluation.ts'
import { parsePredicate } from '../../../domain/partition/predicate-parser.ts'
import { renderPredicate } from '../../../domain/partition/predicate-rendering.ts'
import type { Catalog } from '../../../ports/catalog.ts'

type Selection = Pick<IngestInput, 'dataset' | 'partitions' | 'push_down_predicate'>

/**
 * The predicates of a manual batch. A selection of nothing is refused: an execution that succeeds and reads nothing would
 * look as if all were well.
 */
export async function selectPartitions(input: Selection, contract: Contract, table: string, catalog: Catalog): Promise<string[]> {
  const keys = contract.source.partition_keys
  if (input.partitions) return namedPartitions(input.partitions, keys, table, catalog, input.dataset)
  if (input.push_down_predicate === undefined) return []
  const predicate = parsePredicate(input.push_down_predicate, keys)
  const rendered = renderPredicate(predicate)
  if (!comparesNumbers(predicate)) {
    if ((await catalog.partitions(table, rendered)).length === 0) throw nothing('push_down_predicate', input.push_down_predicate, table)
    return [rendered]
  }
  // The catalog compares values as text, so the partitions that a number selects are named one by one.
  const selected = (await catalog.partitions(table)).filter((partition) => selects(predicate, partition))
  if (selected.length === 0) throw nothing('push_down_predicate', input.push_down_predicate, table)
  return predicatesFor(keys, selected)
}

/** The curated partitions that a compaction looks at, by their values; undefined for every one. */
export async function selectCurated(input: Selection, contract: Contract, catalog: Catalog): Promise<Record<string, string>[] | undefined> {
  const selector = curatedSelector(input, contract)
  // Its partitions are in its own metadata, where the job finds those that need it.
  if (selector !== undefined && contract.curated.format === 'iceberg')
    throw new InvalidInputError(`source: ${input.dataset} is an Iceberg table, which is compacted as a whole; leave the selection out`)
  if (selector === undefined) return undefined
  const table = tableNames(input.dataset).curated
  const known = await catalog.partitions(table)
  for (const [field, asked, isSelected] of selector.parts) {
    if (!known.some(isSelected)) throw new InvalidInputError(`${field}: ${asked} selects no partition of table ${table}`)
  }
  return known.filter(selector.isSelected)
}

async function namedPartitions(
  partitions: NonNullable<IngestInput['partitions']>,
  keys: string[],
  table: string,
  catalog: Catalog,
  dataset: string,
): Promise<string[]> {
  if (keys.length === 0) throw new InvalidInputError(`partitions: ${dataset} has no partition keys; leave the field out`)
  const asked = partitions.map((partition, index) => readPartition(partition, keys, `partitions.${index}`))
  const whole = asked.every((partition) => Object.keys(partition).length === keys.length)
  const known = whole ? await partitionsOf(predicatesFor(keys, asked), table, catalog) : await catalog.partitions(table)
  const covers = (wanted: Record<string, string>, found: Record<string, string>) =>
    Object.entries(wanted).every(([key, value]) => found[key] === value)
  const missing = asked.findIndex((wanted) => !known.some((found) => covers(wanted, found)))
  if (missing !== -1) throw nothing(`partitions.${missing}`, JSON.stringify(asked[missing]), table)
  return predicatesFor(
    keys,
    known.filter((found) => asked.some((wanted) => covers(wanted, found))),
  )
}

async function partitionsOf(predicates: string[], table: string, catalog: Catalog): Promise<Record<string, string>[]> {
  const found: Record<string, string>[] = []
  for (const predicate of predicates) found.push(...(await catalog.partitions(table, predicate)))
  return found
}

const nothing = (field: string, asked: string, table: string) =>
  new InvalidInputError(`${field}: ${asked} selects no partition of table ${table}; nothing has landed there, or it is not crawled yet`)
