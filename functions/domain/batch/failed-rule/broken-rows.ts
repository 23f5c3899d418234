import { plural } from '../../words.ts'
import type { RowRule } from './rule-columns.ts'

const VALUES_SHOWN = 3
const LONGEST_VALUE = 40
/** A count by value of so many is enough to name the most frequent. */
const MOST_VALUES = 100_000

/** Counts the rows at fault, chunk by chunk, and names them: `144 rows have origin PHL`. */
export class BrokenRows {
  rows = 0
  readonly #counts = new Map<string, number>()
  readonly #rule: RowRule
  readonly #isHidden: boolean

  /** @param hidden columns whose values nobody may see */
  constructor(rule: RowRule, hidden: readonly string[]) {
    this.#rule = rule
    this.#isHidden = rule.columns.some((name) => hidden.includes(name))
  }

  /** @param rows values in the order of the rule's columns */
  add(rows: unknown[][]): void {
    for (const row of rows) {
      const texts = row.map(textOf)
      if (this.#rule.kind === 'complete') this.rows += texts[0] === null ? 1 : 0
      else if (this.#rule.kind === 'unique') this.#note(JSON.stringify(texts))
      else if (texts[0] != null && this.#rule.breaks(texts[0])) {
        this.rows += 1
        this.#note(texts[0])
      }
    }
  }

  /** Undefined when no row is at fault. @param all false when there are rows that were not looked at */
  sentence(all: boolean): string | undefined {
    const { kind, columns } = this.#rule
    const name = columns.join(', ')
    const many = (rows: number, noun: [string, string]) => `${all ? '' : 'at least '}${plural(rows, ...noun)}`
    if (kind === 'unique') {
      const repeated = [...this.#counts].filter(([, count]) => count > 1).sort(([, some], [, more]) => more - some)
      const rows = repeated.reduce((sum, [, count]) => sum + count, 0)
      const [first] = repeated
      if (!first) return undefined
      const example = this.#isHidden ? '' : `, such as ${shown(JSON.parse(first[0]).join(', '))} (${first[1]})`
      return `${many(rows, ['row has', 'rows have'])} the ${name} of another row${example}`
    }
    if (this.rows === 0) return undefined
    const rows = many(this.rows, ['row has', 'rows have'])
    if (kind === 'complete') return `${rows} no ${name}`
    if (this.#isHidden) return `${rows} another ${name}`
    const most = [...this.#counts].sort(([, some], [, more]) => more - some)
    const [[only = ''] = []] = most
    if (most.length === 1) return `${rows} ${name} ${shown(only)}`
    const named = most.slice(0, VALUES_SHOWN).map(([value, count]) => `${shown(value)} (${count})`)
    return `${rows} ${name} ${named.join(', ')}${most.length > named.length ? ' …' : ''}`
  }

  #note(value: string): void {
    const known = this.#counts.get(value)
    if (known !== undefined || this.#counts.size < MOST_VALUES) this.#counts.set(value, (known ?? 0) + 1)
  }
}

const textOf = (value: unknown) => (value == null ? null : value instanceof Date ? value.toISOString() : String(value))

/** In a sentence: control characters would break the line, and a long text the screen. */
function shown(value: string): string {
  const line = value.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ')
  return line === '' ? '""' : line.length <= LONGEST_VALUE ? line : `${line.slice(0, LONGEST_VALUE)}…`
}
