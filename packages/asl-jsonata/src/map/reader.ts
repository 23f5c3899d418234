import type { Visit } from '../engine.ts'
import { asStatesError, StatesError } from '../errors.ts'
import type { Json, JsonObject, State } from '../types.ts'
import { contextOf, evaluateAs, evaluateIn } from '../visit.ts'
import { DELIMITERS, parseCsv } from './csv.ts'

/** The service stops here even if MaxItems is higher. */
const MOST_ITEMS = 100_000_000

const readerFailed = (cause: string) => new StatesError('States.ItemReaderFailed', cause)

/** What ItemReader names, read through the same task handlers as any other call to S3. */
export async function readItems(visit: Visit): Promise<Json[]> {
  const reader = visit.state.ItemReader as NonNullable<State['ItemReader']>
  const config = reader.ReaderConfig ?? {}
  const args = (await evaluateAs(visit, reader.Arguments ?? {}, 'ItemReader/Arguments', ['object'])) as JsonObject
  const maxItems = await mostItems(visit, config.MaxItems)
  const items = reader.Resource.endsWith(':s3:listObjectsV2')
    ? await listObjects(visit, reader.Resource, args, config, maxItems)
    : await readObject(visit, args, config)
  return items.slice(0, maxItems)
}

async function mostItems(visit: Visit, template: Json | undefined): Promise<number> {
  if (template === undefined) return MOST_ITEMS
  const value = (await evaluateAs(visit, template, 'ItemReader/ReaderConfig/MaxItems', ['integer'])) as number
  if (value < 0) throw readerFailed('field MaxItems must be positive')
  return value === 0 ? MOST_ITEMS : Math.min(value, MOST_ITEMS)
}

async function call(visit: Visit, resource: string, args: JsonObject): Promise<Record<string, unknown>> {
  const { engine, signal } = visit.frame
  try {
    const answer = await engine.callTask({ resource, arguments: args, signal, context: contextOf(visit), heartbeat: () => {} })
    return (answer ?? {}) as Record<string, unknown>
  } catch (thrown) {
    const { error, reason } = asStatesError(thrown)
    throw error === 'States.Runtime' ? thrown : readerFailed(`${error}: ${reason}`)
  }
}

async function listObjects(visit: Visit, resource: string, args: JsonObject, config: JsonObject, most: number): Promise<Json[]> {
  const items: Json[] = []
  let token: string | undefined
  do {
    const page = await call(visit, resource, token ? { ...args, ContinuationToken: token } : args)
    for (const object of (page.Contents ?? []) as Record<string, unknown>[]) items.push(listedObject(object))
    token = page.NextContinuationToken as string | undefined
  } while (token && items.length < most)
  if (config.Transformation !== 'LOAD_AND_FLATTEN') return items
  const contents: Json[] = []
  for (const item of items.slice(0, most)) {
    contents.push(...(await readObject(visit, { Bucket: args.Bucket ?? null, Key: (item as JsonObject).Key ?? null }, config)))
  }
  return contents
}

/** The service's own spelling of a listed object: `Etag`, and LastModified in seconds. */
function listedObject(object: Record<string, unknown>): JsonObject {
  const modified = object.LastModified === undefined ? 0 : new Date(object.LastModified as string | number | Date).getTime()
  return {
    Etag: String(object.ETag ?? object.Etag ?? ''),
    Key: String(object.Key),
    LastModified: Math.floor(modified / 1000),
    Size: Number(object.Size ?? 0),
    StorageClass: String(object.StorageClass ?? 'STANDARD'),
  }
}

async function readObject(visit: Visit, args: JsonObject, config: JsonObject): Promise<Json[]> {
  const answer = await call(visit, 'arn:aws:states:::s3:getObject', args)
  const text = await bodyText(answer.Body)
  switch (config.InputType ?? 'JSON') {
    case 'JSON':
      return jsonItems(text, config.ItemsPointer as string | undefined)
    case 'JSONL':
      return text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [parse(line)]))
    case 'CSV':
      return csvItems(visit, text, config)
    default:
      throw readerFailed(`InputType ${config.InputType} cannot be read here`)
  }
}

async function bodyText(body: unknown): Promise<string> {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8')
  const stream = body as { transformToString?: () => Promise<string> } | undefined
  if (stream?.transformToString) return stream.transformToString()
  // What an optimised integration returns for a JSON object is that object.
  return JSON.stringify(body ?? null)
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (thrown) {
    throw readerFailed(`The object is no valid JSON: ${(thrown as Error).message}`)
  }
}

function jsonItems(text: string, pointer: string | undefined): Json[] {
  let node: Json | undefined = parse(text)
  for (const part of pointer?.split('/').slice(1) ?? []) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    node = node !== null && typeof node === 'object' ? (node as JsonObject)[key] : undefined
  }
  if (!Array.isArray(node)) throw readerFailed('Attempting to map over non-iterable node.')
  return node
}

function csvRows(text: string, config: JsonObject): string[][] {
  try {
    return parseCsv(text, DELIMITERS[(config.CSVDelimiter as string | undefined) ?? 'COMMA'] ?? ',')
  } catch (thrown) {
    throw readerFailed(`The object is no valid CSV: ${(thrown as Error).message}`)
  }
}

async function csvItems(visit: Visit, text: string, config: JsonObject): Promise<Json[]> {
  const rows = csvRows(text, config)
  const isGiven = config.CSVHeaderLocation === 'GIVEN'
  const given = isGiven ? await evaluateIn(visit, config.CSVHeaders ?? [], 'ItemReader/ReaderConfig/CSVHeaders') : undefined
  const headers = (given ?? rows.shift() ?? []) as string[]
  if (new Set(headers).size !== headers.length) throw readerFailed('CSV headers cannot contain duplicates.')
  return rows.map((row) => Object.fromEntries(headers.map((header, i) => [header, row[i] ?? ''])))
}
