import type { ContractDraft } from '../draft.ts'
import { isFilterWord } from './filter-words.ts'
import { sayTwice } from './lists.ts'
import type { Say } from './problem.ts'

/** What Sluice itself writes beside the contract's columns, and what Spark has beside every file's. */
const RESERVED = new Set([
  '_errors',
  '_source_file',
  '_batch_id',
  '_contract_version',
  '_raw_record',
  '_raw_bytes',
  'batch_id',
  '_metadata',
])
/** So begin the columns that the job has beside the contract's while it works. */
const RESERVED_PREFIX = '__'

/** No two columns, derived columns or partition keys share a name, and none takes one of Sluice's own. */
export function checkNames(draft: ContractDraft, say: Say): void {
  if (!draft.columns) return
  const taken = new Map<string, string>()
  const spelled = [
    ...[...draft.columns.keys()].map((name) => ['columns', name] as const),
    ...[...draft.derive.keys()].map((name) => ['derive', name] as const),
  ]
  for (const [field, name] of spelled) {
    const twin = taken.get(name.toLowerCase())
    if (twin === name) say([field, name], `"${name}" is already a column; give the derived one another name`)
    else if (twin !== undefined) say([field, name], `differs from "${twin}" only in case; Glue and Spark read them as one`)
    sayReserved(name, [field, name], say)
    taken.set(name.toLowerCase(), name)
  }
  for (const { name, index } of draft.partitionKeys) {
    const path = ['source', 'partition_keys', index]
    if (taken.has(name.toLowerCase())) say(path, `"${name}" is a partition key and a column; a table cannot hold both`)
    sayReserved(name, path, say)
    if (isFilterWord(name))
      say(path, `"${name}" is a word of SQL that Glue's filter of partitions does not take for a name; give the folders another name`)
  }
  sayTwice(draft.partitionKeys, ['source', 'partition_keys'], say)
}

function sayReserved(name: string, path: (string | number)[], say: Say) {
  if (RESERVED.has(name.toLowerCase())) say(path, `"${name}" is a name that Sluice or Spark writes itself; give it another`)
  else if (name.startsWith(RESERVED_PREFIX))
    say(path, `"${name}" begins with ${RESERVED_PREFIX}, as only columns of Sluice's own do; give it another name`)
}
