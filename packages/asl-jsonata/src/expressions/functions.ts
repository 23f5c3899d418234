import { createHash, randomUUID } from 'node:crypto'
import jsonata from 'jsonata'

/**
 * The functions that AWS adds to JSONata, and `$eval`, which AWS takes away. A function thrown out of here becomes
 * States.QueryEvaluationError, as every failure of an expression does.
 */
export function awsFunctions(time: number): Record<string, unknown> {
  return {
    partition,
    range,
    hash,
    random,
    uuid: () => randomUUID(),
    parse,
    eval: undefined,
    // The library reads the machine's own clock; an execution lives by the injected one, still for one evaluation.
    millis: () => time,
    now: (picture?: string, timezone?: string) => fromMillis.evaluate(undefined, { m: time, picture, timezone }),
  }
}

const fromMillis = jsonata('$fromMillis($m, $picture, $timezone)')
const MAX_RANGE_ITEMS = 1000
const HASHES = new Set(['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'])

function partition(array: unknown, size: unknown): unknown {
  if (array === undefined || size === undefined) return undefined
  if (!Array.isArray(array)) throw new Error('$partition: the first argument must be an array')
  const step = typeof size === 'number' ? Math.round(size) : Number.NaN
  if (!(step >= 1)) throw new Error('$partition: the chunk size must be a positive integer')
  const chunks: unknown[][] = []
  for (let i = 0; i < array.length; i += step) chunks.push(array.slice(i, i + step))
  return chunks
}

function range(first: unknown, last: unknown, delta: unknown): unknown {
  if (first === undefined || last === undefined || delta === undefined) return undefined
  for (const value of [first, last, delta]) if (!Number.isInteger(value)) throw new Error('$range: the arguments must be integers')
  const [from, to, by] = [first, last, delta] as [number, number, number]
  if (by === 0) throw new Error('$range: the step must not be zero')
  const count = Math.max(0, Math.floor((to - from) / by) + 1)
  if (count > MAX_RANGE_ITEMS) throw new Error(`$range: more than ${MAX_RANGE_ITEMS} values`)
  const values = Array.from({ length: count }, (_, i) => from + i * by)
  // The service answers with a JSONata sequence: one value is that value, none is nothing at all.
  return values.length > 1 ? values : values[0]
}

function hash(data: unknown, algorithm: unknown): unknown {
  if (data === undefined || algorithm === undefined) return undefined
  if (typeof algorithm !== 'string' || !HASHES.has(algorithm))
    throw new Error(`$hash: the algorithm must be one of ${[...HASHES].join(', ')}`)
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return createHash(algorithm.replace('-', '').toLowerCase()).update(text, 'utf8').digest('hex')
}

function random(seed: unknown): number {
  if (seed === undefined) return Math.random()
  if (typeof seed !== 'number' || !Number.isFinite(seed)) throw new Error('$random: the seed must be a number')
  return seeded(BigInt(Math.trunc(seed)))
}

/** 53 bits of java.util.Random's generator: the same seed always gives the same number. */
function seeded(seed: bigint): number {
  const mask = (1n << 48n) - 1n
  let state = (seed ^ 0x5deece66dn) & mask
  const bits = (n: bigint) => {
    state = (state * 0x5deece66dn + 0xbn) & mask
    return state >> (48n - n)
  }
  return Number((bits(26n) << 27n) + bits(27n)) / 2 ** 53
}

function parse(text: unknown): unknown {
  if (text === undefined) return undefined
  if (typeof text !== 'string') throw new Error('$parse: the argument must be a string')
  return JSON.parse(text)
}
