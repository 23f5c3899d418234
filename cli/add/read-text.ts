import { pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { UsageError } from '../usage-error.ts'
import { objectsOf } from './json-documents.ts'
import { type Sample, SampleRows } from './sample.ts'

type Texts = AsyncIterable<string>

/** Reads CSV with a header, or JSON, whichever the text begins like. */
export async function readTextSample(texts: Texts): Promise<Sample> {
  const { head, all } = await peek(texts)
  const first = head.trimStart()
  if (first === '') throw new UsageError('the sample is empty')
  if (head.includes('\0')) throw new UsageError('the sample is not text; give CSV, JSON or Parquet')
  if (/^\[\s*[{\]]/.test(first) || (first.startsWith('{') && !isObject(first.split('\n', 1)[0] ?? '')))
    return { ...(await readJson(objectsOf(all), 'object')), multiline: true }
  return first.startsWith('{') ? readJson(linesOf(all), 'line') : readCsv(all, head)
}

/** Enough for any header. */
const HEAD_LENGTH = 256 * 1024

async function peek(texts: Texts): Promise<{ head: string; all: Texts }> {
  const iterator = texts[Symbol.asyncIterator]()
  const begun: string[] = []
  let ended = false
  while (!ended && begun.join('').length < HEAD_LENGTH) {
    const next = await iterator.next()
    if (next.done) ended = true
    else begun.push(next.value)
  }
  const head = begun.join('').replace(/^\uFEFF/, '')
  async function* all() {
    yield head
    for (let next = ended ? undefined : await iterator.next(); next && !next.done; next = await iterator.next()) yield next.value
  }
  return { head, all: all() }
}

async function readJson(objects: Texts, each: 'line' | 'object'): Promise<Sample> {
  const rows = new SampleRows()
  const notTexts = new Set<string>()
  let number = 0
  for await (const text of objects) {
    number += 1
    if (text.trim() === '') continue
    for (const [name, value] of Object.entries(objectOf(text, `${each} ${number}`))) {
      if (value !== null && !isText(value)) notTexts.add(name)
      rows.put(rows.column(name), textOf(value))
    }
    rows.endRow()
    if (rows.isFull) break
  }
  const columns = rows.done().map((column) => ({ ...column, quoted: !notTexts.has(column.name) }))
  return { format: 'json', columns, rows: rows.rows, whole: !rows.isFull }
}

async function* linesOf(texts: Texts): AsyncIterable<string> {
  let rest = ''
  for await (const text of texts) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

function objectOf(text: string, where: string): Record<string, unknown> {
  if (isObject(text)) return JSON.parse(withNumberTexts(text))
  throw new UsageError(`${where} of the sample is not a JSON object, such as {"id": 1}. Correct or remove it, then try again`)
}

/** JSON, or a quoted text in it, or a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g
/** No text of JSON has it unescaped. */
const NUMBER_MARK = '\u0000'

/** Numbers as the file writes them: 13085.0 is not 13085 to the job. */
const withNumberTexts = (text: string) =>
  text.replaceAll(TOKEN, (token) => (token.startsWith('"') ? token : JSON.stringify(NUMBER_MARK + token)))

const isText = (value: unknown) => typeof value === 'string' && !value.startsWith(NUMBER_MARK)

function textOf(value: unknown): string | undefined {
  if (value === null) return undefined
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.replaceAll(/"\\u0000([^"]*)"|^\u0000/g, '$1')
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

const DELIMITERS = [',', ';', '\t', '|']
const LOOKS_LIKE_DATA = /^[+-]?\d+([.,]\d+)?$|^\d{4}-\d\d-\d\d/

async function readCsv(texts: Texts, head: string): Promise<Sample> {
  const delimiter = await delimiterOf(head)
  const rows = new SampleRows()
  let names: string[] | undefined
  for await (const record of recordsOf(texts, delimiter)) {
    if (!names) {
      names = checkedHeader(record)
      for (const name of names) rows.column(name)
      continue
    }
    names.forEach((name, index) => void rows.put(rows.column(name), record[index]))
    rows.endRow()
    if (rows.isFull) break
  }
  const columns = rows.done()
  return { format: 'csv', ...(delimiter !== ',' && { delimiter }), columns, rows: rows.rows, whole: !rows.isFull }
}

function checkedHeader(names: string[]): string[] {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new UsageError(`the sample's header names ${JSON.stringify(twice)} twice; Sluice would read only the first`)
  const data = names.filter((name) => LOOKS_LIKE_DATA.test(name))
  if (data.length > 0) {
    const shown = data.map((name) => JSON.stringify(name)).join(', ')
    throw new UsageError(`the sample has no header: ${shown} in its first line is data. Add a first line with the column names`)
  }
  return names
}

// The one that makes most columns of the header; the comma of those that make as many.
async function delimiterOf(head: string): Promise<string> {
  let best = { delimiter: ',', width: 0 }
  for (const delimiter of DELIMITERS) {
    for await (const names of recordsOf(once(head), delimiter, 1)) {
      const cut = names.some((name) => name.includes('"'))
      if (!cut && names.length > best.width) best = { delimiter, width: names.length }
    }
  }
  return best.delimiter
}

async function* once(text: string): AsyncIterable<string> {
  yield text
}

async function* recordsOf(texts: Texts, delimiter: string, count?: number): AsyncIterable<string[]> {
  const parser = parse({
    delimiter,
    bom: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    ...(count && { to: count }),
  })
  // What goes wrong in either comes out of the parser.
  pipeline(Readable.from(texts), parser, () => {})
  try {
    for await (const record of parser) yield record as string[]
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new UsageError(`the sample is not valid CSV: ${error.message}`)
  }
}
