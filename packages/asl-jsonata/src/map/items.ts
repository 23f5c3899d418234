import type { Visit } from '../engine.ts'
import { queryEvaluationError, StatesError } from '../errors.ts'
import { MAX_PAYLOAD_BYTES, payloadBytes } from '../limits.ts'
import type { Json, JsonObject } from '../types.ts'
import { described, evaluateAs, evaluateCount, evaluateIn } from '../visit.ts'

export interface Item {
  /** `Map` of the context object for this item. */
  context: JsonObject
  input: Json
}

export interface Entry {
  key?: string
  value: Json
}

/** What a Map without ItemReader iterates over: its Items or its input. Only a Distributed Map takes an object's entries. */
export async function entriesOf(visit: Visit, mode: 'INLINE' | 'DISTRIBUTED'): Promise<Entry[]> {
  const { Items } = visit.state
  const objects = mode === 'DISTRIBUTED'
  const source = Items === undefined ? visit.input : await evaluateAs(visit, Items, 'Items', objects ? ['array', 'object'] : ['array'])
  if (Array.isArray(source)) return source.map((value) => ({ value }))
  if (objects && source !== null && typeof source === 'object') return Object.entries(source).map(([key, value]) => ({ key, value }))
  throw queryEvaluationError(described(visit, `Map state input must be an array but was: ${JSON.stringify(source)}`), 'Items')
}

export async function selectItems(visit: Visit, entries: Entry[]): Promise<Item[]> {
  const { ItemSelector } = visit.state
  const items: Item[] = []
  for (const [index, { key, value }] of entries.entries()) {
    const context: JsonObject = { Item: { Index: index, ...(key === undefined ? {} : { Key: key }), Value: value } }
    items.push({
      context,
      input: ItemSelector === undefined ? value : await evaluateIn(visit, ItemSelector, 'ItemSelector', { map: context }),
    })
  }
  return items
}

export interface Batch {
  input: Json
  items: number
}

/** One child's input each: an item, or `{ BatchInput?, Items }` where ItemBatcher groups them. */
export async function batchesOf(visit: Visit, items: Json[]): Promise<Batch[]> {
  const batcher = visit.state.ItemBatcher
  if (!batcher) return items.map((input) => ({ input, items: 1 }))
  const mostItems = (await evaluateCount(visit, batcher.MaxItemsPerBatch, 'ItemBatcher/MaxItemsPerBatch')) || Number.POSITIVE_INFINITY
  const mostBytes = (await evaluateCount(visit, batcher.MaxInputBytesPerBatch, 'ItemBatcher/MaxInputBytesPerBatch')) || MAX_PAYLOAD_BYTES
  const common: JsonObject =
    batcher.BatchInput === undefined ? {} : { BatchInput: await evaluateIn(visit, batcher.BatchInput, 'ItemBatcher/BatchInput') }
  const emptyBytes = payloadBytes({ ...common, Items: [] })

  const batches: Json[][] = []
  let bytes = 0
  for (const item of items) {
    const size = payloadBytes(item) + 1
    if (emptyBytes + size > Math.min(mostBytes, MAX_PAYLOAD_BYTES)) {
      throw new StatesError('States.ItemReaderFailed', `An item of ${size} bytes exceeds MaxInputBytesPerBatch`)
    }
    const current = batches.at(-1)
    if (current && current.length < mostItems && bytes + size <= Math.min(mostBytes, MAX_PAYLOAD_BYTES)) {
      current.push(item)
      bytes += size
    } else {
      batches.push([item])
      bytes = emptyBytes + size
    }
  }
  return batches.map((Items) => ({ input: { ...common, Items }, items: Items.length }))
}
