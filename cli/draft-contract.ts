import { stringify } from 'yaml'
import { IDENTIFIER } from '../functions/domain/contract.ts'
import { UsageError } from './usage-error.ts'

interface Sample {
  format: 'csv' | 'json'
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
  const { format, columns } = readSample(sample)
  const unsafe = [...columns.keys()].filter((name) => !IDENTIFIER.test(name))
  if (unsafe.length > 0)
    throw new UsageError(`the sample's columns ${unsafe.map((name) => `"${name}"`).join(', ')} need other names: letters, digits and _`)
  const key = options.key ?? [...columns].find(([, values]) => new Set(values).size === values.length)?.[0]
  if (key === undefined || !columns.has(key))
    throw new UsageError(`name the primary key with --key: one of ${[...columns.keys()].join(', ')}`)
  const contract = {
    dataset,
    owner: options.owner,
    source: { format, ...(format === 'csv' && { options: { header: true } }), partition_keys: options.partitionKeys },
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
  if (lines.length === 0) throw new UsageError('the sample is empty')
  return lines[0]?.trimStart().startsWith('{') ? readJson(lines) : readCsv(lines)
}

function readJson(lines: string[]): Sample {
  const columns: Sample['columns'] = new Map()
  lines.forEach((line, row) => {
    for (const [name, value] of Object.entries(JSON.parse(line) as Record<string, unknown>)) {
      const values = columns.get(name) ?? []
      values[row] = value === null ? undefined : typeof value === 'object' ? JSON.stringify(value) : String(value)
      columns.set(name, values)
    }
  })
  return { format: 'json', columns }
}

function readCsv([header = '', ...rows]: string[]): Sample {
  const names = cellsOf(header)
  const columns: Sample['columns'] = new Map(names.map((name) => [name, []]))
  for (const row of rows) cellsOf(row).forEach((cell, index) => void columns.get(names[index] ?? '')?.push(cell === '' ? undefined : cell))
  return { format: 'csv', columns }
}

// Cells may be quoted and hold commas; quoted line ends are beyond a sample.
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '')
}
