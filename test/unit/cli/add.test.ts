import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { draftContract } from '../../../cli/add/contract-text.ts'
import type { OtherDataset } from '../../../cli/add/foreign-keys.ts'
import { withKeyValues } from '../../../cli/add/other-datasets.ts'
import { readSample } from '../../../cli/add/read-sample.ts'
import { readSource } from '../../../cli/add/sources.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { python } from '../../../setup/places.mjs'

const folder = mkdtempSync(join(tmpdir(), 'sluice-add-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function written(content: string | Buffer, ending = 'csv'): string {
  files += 1
  const file = join(folder, `sample-${files}.${ending}`)
  writeFileSync(file, content)
  return file
}

const WISHES = { owner: 'me@example.com', key: [] as string[], partitionKeys: ['day'], others: [] as OtherDataset[] }

async function added(file: string, wishes: Partial<typeof WISHES> = {}) {
  const drafted = draftContract('orders', await readSample(file), { ...WISHES, ...wishes })
  const parsed = parseContract(drafted.text, 'orders.yml', 'orders')
  if (!parsed.ok) throw new Error(`${JSON.stringify(parsed.problems)}\n${drafted.text}`)
  return { ...drafted, contract: parsed.contract }
}
const fromCsv = (text: string, wishes = {}) => added(written(text), wishes)

describe('a contract from a sample', () => {
  it('has the types of CSV, quoted or not', async () => {
    const { contract } = await fromCsv(
      'id,name,amount,at,zip,ok\r\n1,"Smith, J",1.5,2025-01-01 10:00:00,00501,true\r\n2,"a ""b""",,2025-01-02T11:00:00Z,10115,false\r\n',
    )
    expect(contract).toMatchObject({
      source: { format: 'csv', options: { header: true }, partition_keys: ['day'] },
      columns: {
        id: { type: 'bigint' },
        name: { type: 'string' },
        amount: { type: 'double' },
        at: { type: 'timestamp' },
        zip: { type: 'string' },
        ok: { type: 'boolean' },
      },
      primary_key: ['id'],
      latest_by: ['at'],
    })
  })

  it.each([
    ['semicolons', 'id;"price"\n1;2,50\n', { delimiter: ';' }],
    ['tabs', 'id\tprice\n1\t2,50\n', { delimiter: '\t' }],
    ['bars', 'id|price\n1|x;y;z\n', { delimiter: '|' }],
    ['commas', '"id","price"\n1,"a;b"\n', {}],
  ])('has the delimiter: %s', async (_what, sample, delimiter) => {
    const { contract } = await fromCsv(sample)
    expect(contract.source.options).toEqual({ header: true, ...delimiter })
    expect(Object.keys(contract.columns)).toEqual(['id', 'price'])
  })

  it('reads line ends and delimiters in quotes as parts of values', async () => {
    const { contract } = await fromCsv('id,"a;b;c"\n1,"x\ny"\n2,"p,q"\n')
    expect(contract.columns).toEqual({ id: { type: 'bigint' }, a_b_c: { type: 'string', from: 'a;b;c' } })
  })

  it('has JSON lines, whose objects need not have the same fields', async () => {
    const { contract } = await added(written('{"id":"1","n":1}\n{"id":"2","tags":["x"],"when":"2025-01-01"}\n', 'json'))
    expect(contract).toMatchObject({
      source: { format: 'json' },
      columns: { id: { type: 'string' }, n: { type: 'bigint' }, tags: { type: 'string' }, when: { type: 'date' } },
      primary_key: ['id'],
    })
  })

  it.each([
    ['an array', '[\n  {"id":"1","n":1},\n  {"id":"2","tags":[{"k":"}"}],"when":"2025-01-01"}\n]\n'],
    ['an array on one line', '[{"id":"1","n":1},{"id":"2","tags":[{"k":"}"}],"when":"2025-01-01"}]'],
    ['pretty-printed objects', '{\n "id":"1",\n "n":1\n}\n{\n "id":"2","tags":[{"k":"\\"}"}],"when":"2025-01-01"}\n'],
  ])('has JSON in %s', async (_what, text) => {
    const { contract } = await added(written(text, 'json'))
    expect(contract).toMatchObject({
      source: { format: 'json', options: { multiline: true } },
      columns: { id: { type: 'string' }, n: { type: 'bigint' }, tags: { type: 'string' }, when: { type: 'date' } },
      primary_key: ['id'],
    })
  })

  it('has a file that is zipped, and one that is no UTF-8', async () => {
    const zipped = await added(written(gzipSync('id,x\n1,a\n2,b\n'), 'csv.gz'))
    expect(zipped.contract.primary_key).toEqual(['id'])
    const latin = await added(written(Buffer.from('id,stadt\n1,K\xf6ln\n', 'latin1')))
    expect(latin.contract.source.options).toEqual({ header: true, encoding: 'windows-1252' })
  })

  it.each([
    ['parquet', 'pyarrow.parquet.write_table(table, file)'],
    ['orc', 'pyarrow.orc.write_table(table, file)'],
    [
      'avro',
      `fastavro.writer(open(file, "wb"), {"type": "record", "name": "r", "fields": [{"name": "order_id", "type": "int"},
  {"name": "amount", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 3, "scale": 2}]}, {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
  {"name": "tags", "type": {"type": "array", "items": "string"}}]}, [{**row, "order_id": row["Order ID"]} for row in table.to_pylist()])`,
    ],
  ])('has the types that a file of format %s has', async (format, write) => {
    const file = join(folder, `sample.${format}`)
    const program = `
import datetime, decimal, fastavro, pyarrow as pa, pyarrow.orc, pyarrow.parquet
file = ${JSON.stringify(file)}
table = pa.table({"Order ID": pa.array([1, 2], pa.int32()), "amount": pa.array([decimal.Decimal("1.50"), None]),
  "at": pa.array([datetime.datetime(2025, 1, 1), datetime.datetime(2025, 1, 2)]), "tags": pa.array([["a"], []])})
${write}`
    execFileSync(python, ['-c', program])
    const { contract } = await added(file)
    expect(contract).toMatchObject({
      source: { format },
      columns: {
        order_id: { type: 'int', ...(format !== 'avro' && { from: 'Order ID' }) },
        amount: { type: 'decimal(3,2)' },
        at: { type: 'timestamp' },
        tags: { type: 'array<string>' },
      },
      primary_key: ['order_id'],
      latest_by: ['at'],
    })
  })
})

it('says how much of the sample it has read', async () => {
  const { read } = await readSource({ from: written('id,x\n1,a\n2,b\n'), contracts: folder, key: [] })
  expect(read).toMatch(/^Read all of .*\.csv: 2 rows, 13 B$/)
})

describe('names that a contract cannot have', () => {
  it('are read from the file under others', async () => {
    const { contract } = await fromCsv('Order ID,Größe (cm),2nd,a.b,_errors,Order id,%\n1,2,3,4,5,6,7\n2,2,3,4,5,6,7\n')
    expect(Object.entries(contract.columns).map(([name, { from }]) => [name, from])).toEqual([
      ['order_id', 'Order ID'],
      ['groesse_cm', 'Größe (cm)'],
      ['column_2nd', '2nd'],
      ['a_b', 'a.b'],
      ['errors', '_errors'],
      ['order_id_2', 'Order id'],
      ['percent', '%'],
    ])
  })
})

describe('values as people write them', () => {
  const column = async (values: string[], delimiter = ';') => {
    const { contract, text } = await fromCsv(
      `id${delimiter}v\n${values.map((value, index) => `${index}${delimiter}${value}`).join('\n')}\n`,
    )
    return { column: contract.columns.v, options: contract.source.options, text }
  }

  it.each([
    [['19.99', '-1250.00', '0.05'], { type: 'decimal(12,2)' }],
    [['123456789012.125', '2.500'], { type: 'decimal(18,3)' }],
    [['19.99', '5.5'], { type: 'double' }],
    [['19.99', '5'], { type: 'double' }],
    [['1.0', '2.5'], { type: 'double' }],
    [['1.25e3', '2.50'], { type: 'double' }],
    [['2,50', '13,00'], { type: 'decimal(12,2)', decimal_mark: ',' }],
    [['1.234,50', '2,50'], { type: 'decimal(12,2)', decimal_mark: ',', group_mark: '.' }],
    [['1.234,5', '2,50'], { type: 'double', decimal_mark: ',', group_mark: '.' }],
    [['1,234.50', '2.50'], { type: 'decimal(12,2)', group_mark: ',' }],
    [['1,234.50', '2.5'], { type: 'double', group_mark: ',' }],
    [['1,234,567', '12'], { type: 'bigint', group_mark: ',' }],
    [['31/12/2024', '01/02/2025'], { type: 'date', format: 'dd/MM/yyyy' }],
    [['12/31/2024', '1/2/2025'], { type: 'date', format: 'M/d/yyyy' }],
    [['3.4.2024', '13.4.2024'], { type: 'date', format: 'd.M.yyyy' }],
    [['31.12.24 9:05', '01.01.25 10:00'], { type: 'timestamp', format: 'dd.MM.yy H:mm' }],
    [['2024/12/31', '2025/01/01'], { type: 'date', format: 'yyyy/MM/dd' }],
    [['12/31/2024 01:05:00 PM', '01/01/2025 11:00:00 AM'], { type: 'timestamp', format: 'MM/dd/yyyy hh:mm:ss a' }],
    [['13085.0', '16321.0'], { type: 'double' }],
    [['12345678901234567890', '5'], { type: 'decimal(23,0)' }],
    [['0.12345678901234567', '5.5'], { type: 'decimal(21,17)' }],
    [['1,234,567,890,123,456,789,012', '1'], { type: 'decimal(25,0)', group_mark: ',' }],
    [['1.5e10', '2.5'], { type: 'double' }],
    [['1e400', '2.5'], { type: 'string' }],
    [['1e-400', '2.5'], { type: 'string' }],
    [['9'.repeat(39), '1'], { type: 'string' }],
    [['007', '012'], { type: 'string' }],
    [['2024-13-01', '2024-01-01'], { type: 'string' }],
  ])('%j is %j', async (values, expected) => {
    expect((await column(values)).column).toEqual(expected)
  })

  it('NA is no value among numbers and dates', async () => {
    const numbers = await column(['1', 'NA', '3'])
    expect([numbers.column, numbers.options]).toEqual([{ type: 'bigint' }, { header: true, delimiter: ';', null_values: ['NA'] }])
    const dates = await column(['31/12/2024', 'n/a'])
    expect([dates.column, dates.options.null_values]).toEqual([{ type: 'date', format: 'dd/MM/yyyy' }, ['n/a']])
  })

  it('a whole number that is written as a fraction is exact in an identifier, and remarked on elsewhere', async () => {
    const { contract, text } = await fromCsv('customer_id,weight\n13085.0,1.0\n16321.0,\n,2.0\n13086.0,3.0\n', { key: ['weight'] })
    expect(contract.columns).toEqual({ customer_id: { type: 'decimal(18,0)' }, weight: { type: 'double' } })
    expect(text).toMatch(/weight: double # every value is whole, such as 1\.0: decimal\(18,0\)/)
  })

  it('numbers of JSON are as the file writes them, which is how the job reads them', async () => {
    const { contract } = await added(
      written('{"order_no": 7.0, "n": 7, "at": [1.0], "s": "1.0"}\n{"order_no": 8.0, "n": 8, "at": [], "s": "x\\"2"}\n', 'json'),
    )
    expect(contract.columns).toEqual({
      order_no: { type: 'decimal(18,0)' },
      n: { type: 'bigint' },
      at: { type: 'string' },
      s: { type: 'string' },
    })
  })

  it('NA that is NULL for one column is so in the texts of the file, and no part of a key; the comment tells', async () => {
    const { contract, text } = await fromCsv('code,land,n,id\na,DE,1,1\nNA,NA,NA,2\nc,NA,3,3\n')
    expect(contract.primary_key).toEqual(['id'])
    expect(text).toContain('land: string # "NA" becomes NULL here too, in 2 rows: null_values are of the whole file')
    expect(text).toContain('n: bigint\n')
  })

  it('NA is a text among texts', async () => {
    const { column: countries, options } = await column(['DE', 'NA', 'FR'])
    expect([countries, options.null_values]).toEqual([{ type: 'string' }, undefined])
  })

  it.each([
    [['1,234', '2,345'], /may be a thousand or a fraction/],
    [['01/02/2025', '03/04/2025'], /the day or the month first/],
  ])('%j could be two things, and stays a text with a remark', async (values, message) => {
    const { column: ambiguous, text } = await column(values)
    expect(ambiguous).toEqual({ type: 'string' })
    expect(text).toMatch(message)
  })
})

describe('the key', () => {
  const HOURS = Array.from({ length: 72 }, (_, hour) => `2025-01-0${1 + Math.floor(hour / 24)} ${String(hour % 24).padStart(2, '0')}:00:00`)
  const weather = (origins: string[]) =>
    `origin,time_hour,temp\n${HOURS.flatMap((hour) => origins.map((origin, place) => `${origin},${hour},${place + 20}.5`)).join('\n')}\n`

  it('has as many columns as it needs to be unique, and not the order column', async () => {
    const { contract, text } = await fromCsv(weather(['EWR', 'JFK', 'LGA']))
    expect([contract.primary_key, contract.latest_by]).toEqual([['origin', 'time_hour'], []])
    expect(text).toContain('IsPrimaryKey "origin" "time_hour"')
  })

  it('is sought in all of the file, not in its beginning', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `${index},${index % 100}`)
    const { contract } = await fromCsv(`id,part\n${rows.join('\n')}\n19999,7\n`)
    expect(contract.primary_key).toEqual(['id', 'part'])
  })

  it('is no measure and no column with missing values', async () => {
    const { contract } = await fromCsv('price,code,id\n1.5,a,1\n2.5,,2\n3.5,c,3\n')
    expect(contract.primary_key).toEqual(['id'])
  })

  it('may be given as several columns, by the names of the file too', async () => {
    const { contract, warnings } = await fromCsv('Order ID,line,x\n1,1,a\n1,2,b\n', { key: ['Order ID', 'line'] })
    expect([contract.primary_key, warnings]).toEqual([['order_id', 'line'], []])
  })

  it('that is given and is not unique is said, with how many rows would go', async () => {
    const { warnings } = await fromCsv(weather(['EWR', 'JFK', 'LGA']), { key: ['time_hour'] })
    expect(warnings).toEqual([
      expect.stringMatching(/^the key time_hour is not unique: 144 of 216 rows .*; origin, time_hour are unique in all rows$/),
    ])
  })

  it('leaves the order to a time outside it, of changes before others', async () => {
    const { contract } = await fromCsv(
      'id,created_at,updated_at\n1,2025-01-01 00:00:00,2025-01-02 00:00:00\n2,2025-01-01 00:00:00,2025-01-01 00:00:00\n',
    )
    expect(contract.latest_by).toEqual(['updated_at'])
  })
})

describe('comments propose', () => {
  const rows = Array.from({ length: 60 }, (_, index) => `${index},${index % 7},${['NEW', 'PAID'][index % 2]},${index * 2}`).join('\n')

  it('rules that no row of the sample breaks', async () => {
    const { text } = await fromCsv(`id,customer_id,status,amount\n${rows}\n`)
    expect(text).toContain("#   unknown_status: status NOT IN ('NEW', 'PAID')")
    expect(text).toContain('#   negative_amount: amount < 0')
  })

  const CUSTOMERS = contractOf('customers', '{ id: bigint }', 'id')
  const AIRPORTS = contractOf('airports', '{ faa: string }', 'faa')
  const flights = (origins: string[]) =>
    `id,customer_id,origin\n${origins.map((origin, index) => `${index},${index},${origin}`).join('\n')}\n`

  it('references to datasets whose key a column is named as, where there are no values to compare', async () => {
    const { text } = await fromCsv(`id,customer_id,status,amount\n${rows}\n`, { others: [{ contract: CUSTOMERS }] })
    expect(text).toContain(
      '#   foreign_keys:\n#     customer_id: { in: customers.id, on_missing: warn } # by its name and type; no values to compare',
    )
  })

  it('references whose values are in the key of another dataset, whatever their names', async () => {
    const keyValues = { file: 'airports.csv', values: new Set(['EWR', 'JFK', 'LGA', 'IAH']) }
    const others = [{ contract: AIRPORTS, keyValues }]
    const all = await fromCsv(flights(['EWR', 'JFK', 'LGA']), { others })
    expect(all.text).toContain('#     origin: { in: airports.faa, on_missing: warn } # all 3 values are in airports.csv')
    const many = { ...keyValues, values: new Set(Array.from({ length: 20 }, (_, index) => `A${index}`)) }
    const most = await fromCsv(flights([...many.values, 'BQN', 'SJU'].flatMap((one) => [one, one])), {
      others: [{ contract: AIRPORTS, keyValues: many }],
    })
    expect(most.text).toContain('20 of 22 values are in airports.csv; "BQN", "SJU" not (4 rows)')
    // Two letters may be in any list by chance.
    expect((await fromCsv(flights(['EWR', 'JFK']), { others })).text).not.toContain('foreign_keys')
  })

  it('no reference by its name when the values are not there, and tells so', async () => {
    const keyValues = { file: 'customers.csv', values: new Set(['0']) }
    const { text } = await fromCsv(flights(['a', 'b', 'c']), { others: [{ contract: CUSTOMERS, keyValues }] })
    expect(text).not.toContain('foreign_keys')
    expect(text).toContain(
      '# customer_id is named as customers.id, but many of its values are not there: 1 of 3 values are in customers.csv; "1", "2" not (2 rows)',
    )
  })

  it('references by the files beside the sample, or in the folder beside its own', async () => {
    const home = mkdtempSync(join(folder, 'beside-'))
    const put = (path: string, content: string) => {
      mkdirSync(dirname(join(home, path)), { recursive: true })
      writeFileSync(join(home, path), content)
      return join(home, path)
    }
    put('customers.csv', 'id,name\n7,x\n')
    put('airports/day=1/a.csv', 'faa\nEWR\n')
    put('airports/day=2/b.csv', 'faa\nJFK\n')
    const valuesBeside = async (sample: string) =>
      (await withKeyValues([CUSTOMERS, AIRPORTS], 'orders', sample)).map(({ keyValues }) => keyValues && [...keyValues.values])
    expect(await valuesBeside(put('orders.csv', 'id\n1\n'))).toEqual([['7'], undefined])
    expect(await valuesBeside(put('orders/day=1/a.csv', 'id\n1\n'))).toEqual([undefined, ['EWR', 'JFK']])
  })
})

function contractOf(dataset: string, columns: string, key: string) {
  const parsed = parseContract(
    `dataset: ${dataset}\nowner: a\nsource: { format: csv }\ncolumns: ${columns}\nprimary_key: [${key}]\n`,
    `${dataset}.yml`,
  )
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.contract
}

it.each([
  ['an empty sample', '', /empty/],
  ['a file without a header', '1,2.5\n2,3.5\n', /no header: "1", "2.5" in its first line is data/],
  ['a header that names a column twice', 'id,x,id\n1,2,3\n', /"id" twice/],
  ['a JSON array with a broken object', '[{"id":1},{"id":2,}]', /--from .*: object 2 of the sample is not a JSON object, such as/],
  ['JSON lines with a broken line', '{"id":1}\n{"id":2,}\n', /--from .*: line 2 of the sample is not a JSON object, such as/],
  ['JSON lines with a list', '{"id":1}\n[]\n', /--from .*: line 2 of the sample is not a JSON object, such as .* Correct or remove it/],
  ['what only begins like Parquet', 'PAR1\u0000', /cannot be read as Parquet/],
  ['what only begins like Avro', 'Obj\u0001', /cannot be read as Avro: it is cut off/],
  ['UTF-16', Buffer.from('\ufeffid\n1\n', 'utf16le'), /UTF-16/],
  ['no columns that could be the key', 'a,b\n1,1\n1,1\n', /--key, from a, b/],
])('says what to do about %s', async (_what, sample, message) => {
  await expect(added(written(sample))).rejects.toThrow(message)
})
