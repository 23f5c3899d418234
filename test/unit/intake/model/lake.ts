import type { ObjectStore } from '../../../../functions/ports/object-store.ts'

/** A row of a curated file: of two with one key the higher order wins, whichever batch brought it. */
export interface Row {
  key: string
  order: number
  value: string
}

/** The lake bucket. Files of the table hold rows; the checks judge a sequence of calls by its final content. */
export class SimulatedLake {
  readonly objects = new Map<string, string>()
  readonly #copiedAt = new Map<string, number>()
  readonly #simulation: { now: number }

  constructor(simulation: { now: number }) {
    this.#simulation = simulation
  }

  readonly store: ObjectStore = {
    getText: async (key) => this.objects.get(key),
    putText: async (key, text, options) => {
      if (options?.ifAbsent && this.objects.has(key)) return false
      this.objects.set(key, text)
      return true
    },
    list: (prefix) => this.#list(prefix),
    copy: async (from, to) => {
      const text = this.objects.get(from)
      if (text === undefined) throw Object.assign(new Error(`no ${from}`), { name: 'NoSuchKey' })
      this.objects.set(to, text)
      this.#copiedAt.set(to, this.#simulation.now)
    },
    remove: async (keys) => {
      for (const key of keys) this.objects.delete(key)
    },
  }

  async *#list(prefix: string) {
    const found = this.keys(prefix)
    yield found.map((key) => ({ key, size: this.objects.get(key)?.length ?? 0, lastModified: this.#lastModified(key) }))
  }

  // As S3 tells it: in whole seconds.
  #lastModified(key: string): Date {
    return new Date(Math.floor((this.#copiedAt.get(key) ?? 0) / 1000) * 1000)
  }

  keys(prefix: string): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort()
  }

  rows(prefix: string): Row[] {
    return this.keys(prefix).flatMap((key) => rowsOf(this.objects.get(key) ?? '[]'))
  }
}

export const rowsOf = (text: string) => JSON.parse(text) as Row[]

/** One row a key, the latest. */
export function merged(rows: Row[]): Row[] {
  const latest = new Map<string, Row>()
  for (const row of rows) if (row.order >= (latest.get(row.key)?.order ?? Number.NEGATIVE_INFINITY)) latest.set(row.key, row)
  return [...latest.values()]
}
