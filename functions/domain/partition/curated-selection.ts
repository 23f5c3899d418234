import type { IngestInput } from '../batch/batch.ts'
import type { Contract } from '../contract/contract.ts'
import { InvalidInputError } from '../errors.ts'
import { readPartition } from './named-partition.ts'
import { selects } from './predicate-evaluation.ts'
import { parsePredicate } from './predicate-parser.ts'

type IsSelected = (partition: Record<string, string>) => boolean

export interface CuratedSelector {
  isSelected: IsSelected
  /** Each thing that was asked for, by field and in words: one that selects nothing is a mistake. */
  parts: [field: string, asked: string, isSelected: IsSelected][]
}

/**
 * Which curated partitions a person means, by values as the path has them. Undefined: every one.
 * @throws InvalidInputError that names the field and what is wrong with it
 */
export function curatedSelector(
  { partitions, push_down_predicate }: Pick<IngestInput, 'partitions' | 'push_down_predicate'>,
  { dataset, curated }: Pick<Contract, 'dataset' | 'curated'>,
): CuratedSelector | undefined {
  const keys = curated.partition_by
  if (partitions) {
    if (keys.length === 0) throw new InvalidInputError(`partitions: table ${dataset} is not partitioned; leave the field out`)
    const parts = partitions.map((written, index): CuratedSelector['parts'][number] => {
      const field = `partitions.${index}`
      const wanted = Object.entries(readPartition(written, keys, field))
      return [field, JSON.stringify(written), (found) => wanted.every(([key, value]) => found[key] === value)]
    })
    return { parts, isSelected: (found) => parts.some(([, , isSelected]) => isSelected(found)) }
  }
  if (push_down_predicate === undefined) return undefined
  const predicate = parsePredicate(push_down_predicate, keys)
  const isSelected: IsSelected = (found) => selects(predicate, found)
  return { parts: [['push_down_predicate', push_down_predicate, isSelected]], isSelected }
}
