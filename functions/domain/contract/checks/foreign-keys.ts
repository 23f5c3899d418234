import type { ContractDraft } from '../draft.ts'
import { parentOf } from '../fields/foreign-keys.ts'
import type { Say } from './problem.ts'
import { didYouMean } from './suggest.ts'

/** Foreign keys are columns of the dataset, and refer to another one. */
export function checkForeignKeys({ dataset, columns, derive, foreignKeys }: ContractDraft, say: Say): void {
  if (!columns) return
  const known = [...columns.keys(), ...derive.keys()]
  for (const [column, parent] of foreignKeys) {
    if (!known.includes(column))
      say(['foreign_keys', column], `names column "${column}", which is neither in columns nor in derive${didYouMean(column, known)}`)
    if (parent !== undefined && parentOf(parent)?.dataset === dataset)
      say(['foreign_keys', column, 'in'], 'refers to the dataset itself; rows that land together could not refer to each other')
  }
}
