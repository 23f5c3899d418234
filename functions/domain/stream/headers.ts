/** A header of a record of Kafka. Producers may give a name more than once, and a name without a value. */
export type Header = [name: string, value: Buffer | null]

/** Columns that records of a topic have beside those of their position, where they have headers. */
export const HEADER_COLUMNS = ['_headers', '_headers_base64'] as const

interface HeaderColumns {
  /** Name → the text of its last value, as `lastHeader` of Kafka's own client has it; null where it has none, or where it is no UTF-8. */
  _headers?: Record<string, string | null>
  /** Of names that came more than once, or whose value is no UTF-8: name → all values as base64, in their order. */
  _headers_base64?: Record<string, (string | null)[]>
}

/** The headers of a record as columns, none of them lost; nothing when it has none. */
export function headerColumns(headers: Header[] | undefined): HeaderColumns {
  if (!headers?.length) return {}
  const values = new Map<string, (Buffer | null)[]>()
  for (const [name, value] of headers) {
    const before = values.get(name)
    if (before) before.push(value)
    else values.set(name, [value])
  }
  const texts: [string, string | null][] = []
  const bytes: [string, (string | null)[]][] = []
  for (const [name, all] of values) {
    const last = all.at(-1) ?? null
    const text = last && textOf(last)
    texts.push([name, text ?? null])
    if (all.length > 1 || text === undefined) bytes.push([name, all.map((value) => value && value.toString('base64'))])
  }
  return { _headers: Object.fromEntries(texts), ...(bytes.length > 0 && { _headers_base64: Object.fromEntries(bytes) }) }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(value: Buffer): string | undefined {
  try {
    return utf8.decode(value)
  } catch {
    return undefined
  }
}
