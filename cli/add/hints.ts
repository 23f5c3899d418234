import type { Contract } from '../../functions/domain/contract/contract.ts'
import type { SampleColumn } from './sample.ts'
import type { ProposedColumn } from './value-types.ts'

/** A column under its name in the contract. */
export interface NamedColumn {
  name: string
  proposed: ProposedColumn
  column: SampleColumn
}

/** Below it a list of values says more of the sample than of the data. */
const ENOUGH_ROWS = 50
const MOST_VALUES = 8
/** Below zero they would be a mistake; a temperature or a month would not, or could not. */
const MEASURES = /amount|price|cost|total|quantity|qty|count|weight|distance|duration|fee|tax/i
const NUMBERS = /^(bigint|int|smallint|tinyint|double|float|decimal)/

/** Quarantine rules that no row of the sample breaks, as `name: SQL`. They are for a person to judge. */
export function proposeRules(columns: NamedColumn[], rows: number): string[] {
  if (rows < ENOUGH_ROWS) return []
  return columns.flatMap(({ name, proposed: { type, nulls, group_mark, decimal_mark }, column: { values } }) => {
    const texts = [...values.keys()].filter((text) => !nulls.includes(text))
    if (
      MEASURES.test(name) &&
      NUMBERS.test(type) &&
      !group_mark &&
      !decimal_mark &&
      texts.length > 2 &&
      texts.every((text) => Number(text) >= 0)
    ) {
      return `negative_${name}: ${name} < 0`
    }
    if (type === 'string' && texts.length >= 2 && texts.length <= MOST_VALUES && texts.every((text) => text.length <= 40)) {
      const listed = texts.sort().map((text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`)
      return `unknown_${name}: ${name} NOT IN (${listed.join(', ')})`
    }
    return []
  })
}

/** A column that is named and typed as the whole key of another dataset. */
export interface ForeignKey {
  column: string
  dataset: string
  key: string
}

export function proposeForeignKeys(columns: Pick<NamedColumn, 'name' | 'proposed'>[], others: Contract[]): ForeignKey[] {
  return columns.flatMap(({ name, proposed: { type } }) => {
    const home = others.find(({ dataset, primary_key: [key, ...more], columns: theirs }) => {
      if (key === undefined || more.length > 0) return false
      // Every table may have its own `id`.
      const named = (name === key && name !== 'id') || name === `${dataset}_${key}` || name === `${dataset.replace(/s$/, '')}_${key}`
      return named && theirs[key] !== undefined && kindOf(theirs[key].type) === kindOf(type)
    })
    return home ? { column: name, dataset: home.dataset, key: home.primary_key[0] ?? '' } : []
  })
}

const kindOf = (type: string) => (/^(tiny|small|big)?int|^(long|short|byte|integer)/i.test(type) ? 'integer' : type.toLowerCase())
