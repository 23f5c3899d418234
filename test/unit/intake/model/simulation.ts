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
  run: () => void
}

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

  /** Runs `run` after so many milliseconds. */
  after(milliseconds: number, run: () => void): void {
    const entry = { at: this.now + Math.max(0, Math.round(milliseconds)), order: this.#order++, run }
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#entries[middle] as Entry
      // Latest first, so that the next one is popped from the end.
      if (other.at > entry.at || (other.at === entry.at && other.order > entry.order)) low = middle + 1
      else high = middle
    }
    this.#entries.splice(low, 0, entry)
  }

  /** Lets time pass until nothing is left to happen, `stop` says so, or `until` has come. */
  async run(until: number, stop: () => boolean = () => false): Promise<void> {
    while (!stop()) {
      const next = this.#entries.at(-1)
      if (next === undefined || next.at > until) {
        this.now = Math.max(this.now, until)
        return
      }
      this.#entries.pop()
      this.now = next.at
      next.run()
      await settled()
    }
  }

  get clock() {
    return { now: () => new Date(this.now) }
  }
}

// Every promise that can go on has gone on by then: Node comes to its ticks when no microtask is left. A turn of the event loop would cost three times as much.
const settled = () => new Promise<void>((resolve) => process.nextTick(resolve))
