import type { ContractDraft } from '../draft.ts'
import { checkColumns } from './columns.ts'
import { checkCompute } from './compute.ts'
import { checkCurated } from './curated.ts'
import { checkDeletes } from './deletes.ts'
import { checkForeignKeys } from './foreign-keys.ts'
import { checkGold } from './gold.ts'
import { checkLists } from './lists.ts'
import { checkNames } from './names.ts'
import { checkOrder } from './order.ts'
import type { ContractProblem } from './problem.ts'
import { checkQuality } from './quality.ts'
import { checkQuarantine } from './quarantine.ts'
import { checkSource } from './source.ts'

/** Rules that the schema of a single field cannot express. A new one is a row here. */
const CHECKS = [
  checkGold,
  checkNames,
  checkLists,
  checkOrder,
  checkDeletes,
  checkCurated,
  checkColumns,
  checkSource,
  checkQuarantine,
  checkQuality,
  checkForeignKeys,
  checkCompute,
]

/** Every problem between a contract's fields, not the first. */
export function crossFieldProblems(draft: ContractDraft): ContractProblem[] {
  const problems: ContractProblem[] = []
  for (const check of CHECKS) check(draft, (path, message) => problems.push({ path, message }))
  return problems
}
