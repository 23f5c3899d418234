import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Contract } from './contract.ts'

/** Beside the contracts, and committed with them: packaging needs the types, and Spark is not everywhere. */
export const DERIVED_TYPES_FILE = 'derived-types.json'

/** Spark's type of each derived column. `of` is the hash of the parts of the contract that decide the types. */
const entry = z.object({ of: z.string(), types: z.record(z.string(), z.string()) })
export type DerivedTypes = Record<string, z.infer<typeof entry>>

/** The hash of all that decides a contract's derived types: the columns' types, the partition keys, the SQL. */
export function derivedFrom({ columns, source, derive }: Pick<Contract, 'columns' | 'source' | 'derive'>): string {
  const parts = [Object.entries(columns).map(([name, { type }]) => [name, type]), source.partition_keys, Object.entries(derive)]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
}

/** The types of a contract's derived columns; undefined when the file has none for it, or of another state of it. */
export function typesIn(known: DerivedTypes, contract: Contract): Record<string, string> | undefined {
  if (Object.keys(contract.derive).length === 0) return {}
  const found = known[contract.dataset]
  return found?.of === derivedFrom(contract) ? found.types : undefined
}

/** What the file has; nothing where it is broken, as if it were not there. */
export function readDerivedTypes(text: string | undefined): DerivedTypes {
  try {
    return z.record(z.string(), entry).parse(JSON.parse(text ?? '{}'))
  } catch {
    return {}
  }
}

/** The file's text; equal contracts and types make an equal text. */
export function writeDerivedTypes(types: DerivedTypes): string {
  const sorted = Object.entries(types).sort(([left], [right]) => (left < right ? -1 : 1))
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`
}
