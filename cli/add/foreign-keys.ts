import type { Contract } from '../../functions/domain/contract/contract.ts'
import { inFull, plural } from '../../functions/domain/words.ts'
import type { SampleColumn } from './sample.ts'
import type { ProposedColumn } from './value-types.ts'

/** Another dataset that a column may refer to. */
export interface OtherDataset {
  contract: Contract
  /** What its key has in files that are at hand. */
  keyValues?: { file: string; values: ReadonlySet<string> }
}

export interface ReferringColumn {
  /** The name that the contract gives it. */
  name: string
  proposed: ProposedColumn
  /** Absent where no rows were read. */
  column?: SampleColumn
}

/** A column, and the whole key of another dataset that it seems to be. */
export interface ForeignKey {
  column: string
  dataset: string
  key: string
  /** Absent where one of the two has no values at hand: the name is all there is. */
  found?: { file: string; values: number; of: number; missing: string[]; missingRows: number }
}

/** Fewer are another thing of the same name, or a parent of which most is missing. */
const NEARLY_ALL = 0.9
/** Two countries or flags may be in any list by chance. */
const FEWEST_VALUES = 3

export interface ForeignKeys {
  proposed: ForeignKey[]
  /** Columns named as the key of another dataset, whose values it has not. */
  refuted: ForeignKey[]
}

/**
 * By values, where samples of both are at hand: nearly all of the column's values are in the key. By name and type alone where they are not. Numbers need the
 * name too: small ones are in every list of numbers.
 */
export function findForeignKeys(columns: ReferringColumn[], others: OtherDataset[]): ForeignKeys {
  const keys: ForeignKeys = { proposed: [], refuted: [] }
  for (const column of columns) {
    const homes = others
      .flatMap((other) => compare(column, other) ?? [])
      .sort((a, b) => Number(b.named) - Number(a.named) || rate(b) - rate(a))
    const home = homes.find((one) => one.found === undefined || rate(one) >= NEARLY_ALL)
    const doubted = homes.find(({ named }) => named)
    if (home) keys.proposed.push(home)
    else if (doubted) keys.refuted.push(doubted)
  }
  return keys
}

const rate = ({ found }: ForeignKey) => (found ? found.values / found.of : 0)

function compare(column: ReferringColumn, { contract, keyValues }: OtherDataset): (ForeignKey & { named: boolean }) | undefined {
  const {
    dataset,
    primary_key: [key, ...more],
    columns,
  } = contract
  const home = key === undefined || more.length > 0 ? undefined : columns[key]
  if (key === undefined || home === undefined || kindOf(home.type) !== kindOf(column.proposed.type)) return undefined
  const named = isNamed(column.name, dataset, key)
  const texts = [...(column.column?.values ?? [])]
  const foreign = { column: column.name, dataset, key, named }
  if (!keyValues || !column.column || texts.length === 0) return named ? foreign : undefined
  if (!named && (kindOf(home.type) !== 'string' || texts.length < FEWEST_VALUES)) return undefined
  const missing = texts.filter(([text]) => !keyValues.values.has(text))
  if (!named && missing.length === texts.length) return undefined
  const codes = new Set(missing.map(([, code]) => code))
  const found = {
    file: keyValues.file,
    values: texts.length - missing.length,
    of: texts.length,
    missing: missing.map(([text]) => text).sort(),
    missingRows: column.column.codes.filter((code) => codes.has(code)).length,
  }
  return { ...foreign, found }
}

// Every table may have its own `id`.
const isNamed = (name: string, dataset: string, key: string) =>
  (name === key && name !== 'id') || name === `${dataset}_${key}` || name === `${dataset.replace(/s$/, '')}_${key}`

const kindOf = (type: string) => (/^(tiny|small|big)?int|^(long|short|byte|integer)/i.test(type) ? 'integer' : type.toLowerCase())

const SHOWN = 4
/** The comment of a contract: what to add, and what was looked at. @returns lines */
export function foreignKeyComment({ proposed, refuted }: ForeignKeys): string[] {
  const lines = proposed.map((one) => `    ${one.column}: { in: ${one.dataset}.${one.key}, on_missing: warn } # ${evidence(one)}`)
  return [
    ...(proposed.length > 0
      ? [
          ' These columns look like the key of another dataset. To count rows whose value it does not have, add',
          '   foreign_keys:',
          ...lines.map((line) => ` ${line}`),
        ]
      : []),
    ...refuted.map((one) => ` ${one.column} is named as ${one.dataset}.${one.key}, but many of its values are not there: ${evidence(one)}`),
  ]
}

function evidence({ found }: ForeignKey): string {
  if (!found) return 'by its name and type; no values to compare'
  const { file, values, of, missing, missingRows } = found
  if (missing.length === 0) return `${of === 1 ? 'its one value is' : `all ${inFull(of)} values are`} in ${file}`
  const shown = missing
    .slice(0, SHOWN)
    .map((text) => JSON.stringify(text))
    .join(', ')
  const more = missing.length > SHOWN ? ` and ${inFull(missing.length - SHOWN)} more` : ''
  return `${inFull(values)} of ${inFull(of)} values are in ${file}; ${shown}${more} not (${plural(missingRows, 'row')})`
}
