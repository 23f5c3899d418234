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
  return columns.flatMap(({ name, proposed: { type, group_mark, decimal_mark }, column: { values } }) => {
    const texts = [...values.keys()]
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
