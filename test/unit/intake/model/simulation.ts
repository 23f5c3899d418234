/** Numbers that only the seed decides (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

interface Entry {
  at: number
  order: number
  /** Undefined once it is called off. */
  run: (() => void) | undefined
}

/** Calls off what was to happen. */
export type CallOff = () => void

/** Simulated time: one thing happens at a time, in the order of its time, and what it sets off runs to its next wait before the next does. */
export class Simulation {
  now = Date.parse('2025-01-31T12:00:00.000Z')
  readonly random: () => number
  readonly #entries: Entry[] = []
  #order = 0

  readonly seed: number

  constructor(seed: number) {
    this.seed = seed
    this.random = seededRandom(seed)
  }

  chance(probability: number): boolean {
    return probability > 0 && this.random() < probability
  }

  between(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1))
  }

  /** Runs `run` after so many milliseconds, unless it is called off. */
  after(milliseconds: number, run: () => void): CallOff {
    const entry: Entry = { at: this.now + Math.max(0, Math.round(milliseconds)), order: this.#order++, run }
    const entries = this.#entries
    let index = entries.push(entry) - 1
    // A binary heap, the earliest first.
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = entries[parent] as Entry
      if (isBefore(above, entry)) break
      entries[index] = above
      index = parent
    }
    entries[index] = entry
    return () => {
      entry.run = undefined
    }
  }

  #pop(): void {
    const entries = this.#entries
    const last = entries.pop() as Entry
    if (entries.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= entries.length) break
      if (child + 1 < entries.length && isBefore(entries[child + 1] as Entry, entries[child] as Entry)) child += 1
      if (isBefore(last, entries[child] as Entry)) break
      entries[index] = entries[child] as Entry
      index = child
    }
    entries[index] = last
  }

  /** Lets time pass until `until` has come. */
  run(until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      // Every promise that can go on has gone on by then: Node comes to its ticks when no microtask is left. A turn of the event loop would cost
      // three times as much.
      const afterMicrotasks = () => process.nextTick(step)
      const step = () => {
        try {
          for (;;) {
            const next = this.#entries[0]
            if (next === undefined || next.at > until) {
              this.now = Math.max(this.now, until)
              return resolve()
            }
            this.#pop()
            if (next.run === undefined) continue
            // Days may have passed at once.
            this.now = Math.max(this.now, next.at)
            next.run()
            void SETTLED.then(afterMicrotasks)
            return
          }
        } catch (error) {
          reject(error)
        }
      }
      step()
    })
  }

  get clock() {
    return { now: () => new Date(this.now) }
  }
}

const SETTLED = Promise.resolve()
const isBefore = (left: Entry, right: Entry) => left.at < right.at || (left.at === right.at && left.order < right.order)
