import { stringify } from 'yaml'
import { IDENTIFIER } from '../functions/domain/contract/names.ts'
import { UsageError } from './usage-error.ts'

interface Sample {
  format: 'csv' | 'json'
  /** Of CSV, where it is not the comma. */
  delimiter?: string
  /** Column → its values, as text; undefined where a row has none. */
  columns: Map<string, (string | undefined)[]>
}

/** What each type must look like; the first that fits every value is taken. */
const TYPES: [type: string, fits: RegExp][] = [
  ['bigint', /^[+-]?\d{1,18}$/],
  ['double', /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/],
  ['boolean', /^(true|false)$/i],
  ['date', /^\d{4}-\d{2}-\d{2}$/],
  ['timestamp', /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/],
]

/** A contract to go on from: columns and types from the sample, the rest as a person would first write it. */
export function draftContract(
  dataset: string,
  sample: string,
  options: { owner: string; key: string | undefined; partitionKeys: string[] },
): string {
  const { format, delimiter, columns } = readSample(sample)
  const unsafe = [...columns.keys()].filter((name) => !IDENTIFIER.test(name))
  if (unsafe.length > 0)
    throw new UsageError(
      `the sample's columns ${unsafe.map((name) => JSON.stringify(name)).join(', ')} need other names: letters, digits and _, and no digit first` +
        (format === 'csv' ? '. Its first line is taken for the header' : ''),
    )
  const key = options.key ?? [...columns].find(([, values]) => new Set(values).size === values.length)?.[0]
  if (key === undefined || !columns.has(key))
    throw new UsageError(`name the primary key with --key: one of ${[...columns.keys()].join(', ')}`)
  const contract = {
    dataset,
    owner: options.owner,
    source: {
      format,
      ...(format === 'csv' && { options: { header: true, ...(delimiter && { delimiter }) } }),
      partition_keys: options.partitionKeys,
    },
    columns: Object.fromEntries([...columns].map(([name, values]) => [name, typeOf(values)])),
    primary_key: [key],
    latest_by: [...columns]
      .filter(([, values]) => typeOf(values) === 'timestamp')
      .map(([name]) => name)
      .slice(0, 1),
    quarantine: { rules: {}, warn_rate: 0.01, halt_rate: 0.2 },
    quality: `Rules = [\n  RowCount > 0,\n  IsUnique "${key}"\n]\n`,
  }
  return stringify(contract)
}

function typeOf(values: (string | undefined)[]): string {
  const known = values.filter((value) => value !== undefined && value !== '') as string[]
  if (known.length === 0) return 'string'
  // 007 is a code, not a number.
  if (known.some((value) => /^[+-]?0\d/.test(value))) return 'string'
  return TYPES.find(([, fits]) => known.every((value) => fits.test(value)))?.[0] ?? 'string'
}

function readSample(text: string): Sample {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, 1001)
  const first = lines[0]?.trimStart()
  if (first === undefined) throw new UsageError('the sample is empty')
  if (first.startsWith('PAR1')) throw new UsageError('the sample is Parquet; give one that is CSV or JSON lines')
  if (first.startsWith('['))
    throw new UsageError('the sample is a JSON array, and files are read an object a line: jq -c ".[]" makes such a file of it')
  return first.startsWith('{') ? readJson(lines) : readCsv(lines)
}

function readJson(lines: string[]): Sample {
  const columns: Sample['columns'] = new Map()
  lines.forEach((line, row) => {
    for (const [name, value] of Object.entries(objectOf(line, row + 1))) {
      const values = columns.get(name) ?? []
      values[row] = value === null ? undefined : typeof value === 'object' ? JSON.stringify(value) : String(value)
      columns.set(name, values)
    }
  })
  return { format: 'json', columns }
}

function objectOf(line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new UsageError(`line ${number} of the sample is no JSON object: files are read an object a line`)
}

const DELIMITERS = [',', ';', '\t', '|']

function readCsv([header = '', ...rows]: string[]): Sample {
  // The one that makes most columns of the header, and cuts no quoted name; the comma of those that make as many.
  const width = (delimiter: string) => {
    const names = cellsOf(header, delimiter)
    return names.some((name) => name.includes('"')) ? 0 : names.length
  }
  const delimiter = DELIMITERS.reduce((best, other) => (width(other) > width(best) ? other : best))
  const names = cellsOf(header, delimiter)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new UsageError(`the sample's header names ${JSON.stringify(twice)} twice; only the first would be read`)
  const columns: Sample['columns'] = new Map(names.map((name) => [name, []]))
  for (const row of rows) {
    cellsOf(row, delimiter).forEach((cell, index) => void columns.get(names[index] ?? '')?.push(cell === '' ? undefined : cell))
  }
  return { format: 'csv', ...(delimiter !== ',' && { delimiter }), columns }
}

// Cells may be quoted and hold delimiters; quoted line ends are beyond a sample.
function cellsOf(line: string, delimiter: string): string[] {
  const plain = `[^${delimiter}]*`
  const cell = new RegExp(`(?:^|[${delimiter}])(?:"((?:[^"]|"")*)"|(${plain}))`, 'g')
  return [...line.matchAll(cell)].map(([, quoted, text]) => quoted?.replaceAll('""', '"') ?? text ?? '')
}
