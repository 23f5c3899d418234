import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { root } from '../../../setup/places.mjs'
import { lineHolding, ORDERS, ordersInstead } from './orders.ts'

interface Case {
  written: string
  compiled: Record<string, unknown>
}
const cases = JSON.parse(readFileSync(join(root, 'test/cases/contracts.json'), 'utf8')) as Record<string, Case>

const problemsOf = (text: string) => {
  const parsed = parseContract(text, 'orders.yml', 'orders')
  return parsed.ok ? [] : parsed.problems.map(({ line, field, message }) => ({ line, field, message }))
}

it.each(Object.entries(cases))('compiles %s as the job reads it', (_name, { written, compiled }) => {
  const parsed = parseContract(written, 'f.yml')
  const { version: _version, ...contract } = parsed.ok ? parsed.contract : ({ problems: parsed.problems } as never)
  expect(contract).toEqual(compiled)
})

type Refusal = [what: string, instead: string, by: string, field: string, message: RegExp]

describe('a contract that cannot run, or means something else than it seems to, is refused', () => {
  const amount = (options: string) => ['  amount', `  amount: { type: "decimal(12,2)", ${options} }`] as const
  const at = (format: string) => ['  order_timestamp', `  order_timestamp: { type: timestamp, format: "${format}" }`] as const
  const csv = (options: string) => ['  options', `  options: { header: true, ${options} }`] as const
  const refusals: Refusal[] = [
    ['a map as key', '  order_id', '  order_id: map<string,int>', 'primary_key[0]', /is of type map<string,int>, which is no key/],
    ['a list as key', '  order_id', '  order_id: array<int>', 'primary_key[0]', /which is no key/],
    ['a map as order', '  order_timestamp', '  order_timestamp: map<string,int>', 'latest_by[0]', /which has no order/],
    ['an unknown encoding', ...csv('encoding: latin9x'), 'source.options.encoding', /did you mean latin9\?/],
    ['an encoding of Python alone', ...csv('encoding: utf-8-sig'), 'source.options.encoding', /save the files as utf-8/],
    ['an encoding of Java alone', ...csv('encoding: x-windows-949'), 'source.options.encoding', /Java and Python/],
    ['a line end as delimiter', ...csv('delimiter: "\\n"'), 'source.options.delimiter', /line end/],
    ['the quote as delimiter', ...csv(`delimiter: '"'`), 'source.options.delimiter', /which is the quote/],
    ['a line end as quote', ...csv('quote: "\\r"'), 'source.options.quote', /line end/],
    ['the delimiter as escape', ...csv('escape: ","'), 'source.options.escape', /in the delimiter/],
    ['both words for null', ...csv('null_value: x, null_values: [y]'), 'source.options.null_value', /put its text into that list/],
    [
      'a rule named as a reason',
      '    negative',
      '    malformed_record: amount < 0',
      'quarantine.rules.malformed_record',
      /gives by itself/,
    ],
    ['a rule named as a reason', '    negative', '    invalid_type: amount < 0', 'quarantine.rules.invalid_type', /gives by itself/],
    ['a pattern of strftime', ...at('%Y-%m-%d %H:%M'), 'columns.order_timestamp.format', /Spark's is "yyyy-MM-dd HH:mm"/],
    ['a pattern of SQL', ...at('YYYY-MM-DD HH24:MI:SS.FF3'), 'columns.order_timestamp.format', /Spark's is "yyyy-MM-dd HH:mm:ss\.SSS"/],
    ['a pattern of SQL without AM', ...at('YYYY-MM-DD hh:mi'), 'columns.order_timestamp.format', /Spark's is "yyyy-MM-dd HH:mm"/],
    ['two slips in a pattern', ...at('yyyy-MM-DD hh:MM'), 'columns.order_timestamp.format', /d: "yyyy-MM-dd HH:mm"/],
    ['a format with a slip', '  format: csv', '  format: cvs', 'source.format', /must be one of .*; did you mean csv\?$/],
    ['years by weeks', ...at('YYYY-MM-DD'), 'columns.order_timestamp.format', /you mean "yyyy-MM-dd"/],
    ['days of the year', ...at('DD.MM.yyyy'), 'columns.order_timestamp.format', /the day of a month is d: "dd.MM.yyyy"/],
    ['minutes for months', ...at('dd/mm/yyyy'), 'columns.order_timestamp.format', /months are M: "dd\/MM\/yyyy"/],
    ['months for minutes', ...at('yyyy-MM-dd HH:MM'), 'columns.order_timestamp.format', /minutes are m: "yyyy-MM-dd HH:mm"/],
    ['half a day', ...at('yyyy-MM-dd hh:mm'), 'columns.order_timestamp.format', /a 24-hour clock is H: "yyyy-MM-dd HH:mm"/],
    ['a time without a year', ...at('MM-dd HH:mm'), 'columns.order_timestamp.format', /has no year/],
    ['rounding of texts', '  status', '  status: { type: string, round: half_up }', 'columns.status.round', /for decimal columns/],
    ['another rounding', ...amount('round: down'), 'columns.amount.round', /must be half_up/],
    ['groups of a text', '  status', '  status: { type: string, group_mark: " " }', 'columns.status.group_mark', /for number columns/],
    ['one mark for two things', ...amount('group_mark: "."'), 'columns.amount.group_mark', /give decimal_mark as well/],
    ['a digit as mark', ...amount('decimal_mark: "0"'), 'columns.amount.decimal_mark', /one character that is no digit/],
    ['a path into CSV', ...amount('from: [a, b]'), 'columns.amount.from', /a path in JSON/],
    [
      'a name that is read twice',
      '  status',
      '  status: { type: string, from: s }\n  again: { type: string, from: s }',
      'columns.again.from',
      /"status"/,
    ],
    ['a worker of streams', 'curated', 'compute: { worker_type: G.025X }', 'compute.worker_type', /smallest for a batch is G\.1X/],
    ['Flex on large workers', 'curated', 'compute: { worker_type: G.4X, flex: true }', 'compute.flex', /G\.1X and G\.2X only/],
    ['the key that Glue refuses', '  partition_keys', '  partition_keys: [key]', 'source.partition_keys[0]', /filter of partitions/],
    ['a word of SQL as a key', '  partition_keys', '  partition_keys: [Order]', 'source.partition_keys[0]', /filter of partitions/],
    ['a slip in a field', 'latest_by', 'lastest_by: [order_timestamp]', 'lastest_by', /did you mean latest_by\?/],
    ['a field of elsewhere', 'latest_by', 'partition_by: [order_date]', 'partition_by', /belongs under curated/],
    ['a history of Parquet files', 'curated', 'curated: { history_days: 7 }', 'curated.history_days', /is for Iceberg tables/],
    ['a drop from Parquet files', 'curated', 'curated: { drop_columns: [note] }', 'curated.drop_columns', /is for Iceberg tables/],
    [
      'a drop of what is there',
      'curated',
      'curated: { format: iceberg, drop_columns: [order_id] }',
      'curated.drop_columns[0]',
      /"order_id" is a column of the contract/,
    ],
    ['removals without an order', 'latest_by', "delete_when: status = 'D'", 'delete_when', /needs latest_by/],
    [
      'removals ordered by what they need not have',
      'latest_by',
      "latest_by: [order_date]\ndelete_when: status = 'D'",
      'latest_by[0]',
      /"order_date" is a partition column/,
    ],
    ['a slip in a column', 'primary_key', 'primary_key: [oder_id]', 'primary_key[0]', /did you mean order_id\?/],
  ]
  it.each(refusals)('%s: %s → %s', (_what, instead, by, field, message) => {
    const text = ordersInstead(instead, ...by.split('\n'))
    const list = /(primary_key|latest_by|partition_keys)\[/.exec(field)?.[1]
    const line = lineHolding(text, list ?? by.split('\n').at(-1) ?? '')
    expect(problemsOf(text)).toContainEqual({ line, field, message: expect.stringMatching(message) })
  })

  it('options of CSV in a JSON source', () => {
    const found = problemsOf(ordersInstead('  format', '  format: json'))
    expect(found).toEqual([{ line: 5, field: 'source.options.header', message: 'is an option of csv; json does not have it' }])
  })

  it('columns without positions, and positions that cannot be, in files of fixed width', () => {
    const fixed = (columns: string) =>
      problemsOf(
        `dataset: orders\nowner: a\nsource: { format: fixed_width, options: { header: true } }\ncolumns:\n${columns}\nprimary_key: [id]\n`,
      )
    expect(fixed('  id: { type: string, at: 1-10 }\n  n: int\n  m: { type: int, at: 9-3, from: x }')).toEqual([
      expect.objectContaining({ field: 'columns.n', message: expect.stringMatching(/^needs at, its positions in a line/) }),
      expect.objectContaining({ field: 'columns.m.at', message: 'ends (3) before it begins (9)' }),
      expect.objectContaining({ field: 'columns.m.from', message: expect.stringMatching(/give the positions with at/) }),
      { line: 3, field: 'source.options.header', message: 'is an option of csv; fixed_width does not have it' },
    ])
    expect(problemsOf(ordersInstead('  status', '  status: { type: string, at: 4 }'))).toEqual([
      expect.objectContaining({ field: 'columns.status.at', message: 'is for fixed_width; csv files name their columns' }),
    ])
  })

  it('XML without the name of its rows', () => {
    const text =
      'dataset: orders\nowner: a\nsource: { format: xml }\ncolumns: { id: { type: string, from: [a, "@id"] } }\nprimary_key: [id]\n'
    expect(problemsOf(text)).toEqual([
      expect.objectContaining({ field: 'source.options', message: expect.stringMatching(/^needs row_tag/) }),
    ])
  })

  it('names of the header where files have none', () => {
    const text = ordersInstead('  options', '  options: { header: false }').replace('status: string', 'status: { type: string, from: s }')
    expect(problemsOf(text)).toEqual([
      expect.objectContaining({ field: 'columns.status.from', message: expect.stringMatching(/by position/) }),
    ])
  })
})

describe('good options are taken', () => {
  it.each([
    ['decimal_mark: ",", group_mark: "."'],
    ['group_mark: ","'],
    ['decimal_mark: ",", group_mark: "\u00a0"'],
    ['round: half_up, sensitive: true, from: "Amount, net"'],
  ])('%s', (options) => {
    expect(problemsOf(ordersInstead('  amount', `  amount: { type: "decimal(12,2)", ${options} }`))).toEqual([])
  })
  it.each(['yyyy-MM-dd HH:mm:ss', 'dd/MM/yyyy hh:mm a', "yyyy-MM-dd'T'HH:mm:ss", 'M/d/yy H:mm', 'yyyyDDD', 'uuuu-MM-dd HH:mm'])(
    '%s',
    (format) => {
      const text = ordersInstead('  order_timestamp', `  order_timestamp: { type: timestamp, format: "${format}" }`)
      expect(problemsOf(text)).toEqual([])
    },
  )
  it.each(['utf-8', 'UTF8', 'ISO-8859-1', 'latin1', 'Windows-1252', 'cp850'])('encoding %s', (encoding) => {
    expect(problemsOf(ordersInstead('  options', `  options: { header: true, encoding: ${encoding} }`))).toEqual([])
  })
})

describe('a file that is large or slips', () => {
  const wide = (count: number) =>
    ORDERS.replace(
      '  status: string\n',
      (status) => status + Array.from({ length: count }, (_, index) => `  column_${index}: string\n`).join(''),
    )

  it('is refused when it is longer than any table', () => {
    expect(problemsOf(wide(50_000))).toEqual([{ line: 1, field: '(YAML)', message: expect.stringMatching(/at most 512 KB/) }])
  })

  it('is refused when its columns fit no template', () => {
    expect(problemsOf(wide(5_000))).toEqual([expect.objectContaining({ field: 'columns', message: expect.stringMatching(/at most 5000/) })])
  })

  it('names a key that is there twice, and where it was first', () => {
    expect(problemsOf(ordersInstead('  status', '  status: string', '  amount: double'))).toEqual([
      { line: 13, field: '(YAML)', message: 'names "amount" again, which line 11 has already' },
    ])
  })

  it('has one problem for its tabs', () => {
    const text = ordersInstead('  status', '\tstatus: string', '\tcity: string')
    expect(problemsOf(text)).toEqual([
      { line: 12, field: '(YAML)', message: 'is indented with a tab, and YAML takes spaces only (so is one more line)' },
    ])
  })
})
