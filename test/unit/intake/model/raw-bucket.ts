import type { ObjectStore } from '../../../../functions/ports/object-store.ts'
import type { Simulation } from './simulation.ts'

interface RawObject {
  content: string
  landedAt: number
  sequencer: string
  /** Its number among all that landed here; the rows of a later one win. */
  version?: number
}
export interface Version extends RawObject {
  key: string
  deleted: boolean
}

/** The raw bucket: producers write, overwrite and delete, and S3 sends an event for each, with a sequencer of whatever length. */
export class SimulatedRawBucket {
  readonly objects = new Map<string, RawObject>()
  readonly versions: Version[] = []
  /** Versions of each key, newest last; undefined for a delete marker. */
  readonly #histories = new Map<string, (RawObject | undefined)[]>()
  readonly #simulation: Simulation
  readonly #send: (body: string) => void
  #sequence = 0x5a000

  constructor(simulation: Simulation, send: (body: string) => void) {
    this.#simulation = simulation
    this.#send = send
  }

  put(key: string, wanted: string): void {
    // The same content twice within a minute is taken for one change; see `sameChangeSince`.
    const recently = this.versions.some((one) => one.key === key && one.content === wanted && one.landedAt > this.#simulation.now - 62_000)
    const content = recently ? `${wanted} (${this.versions.length})` : wanted
    const object = { content, landedAt: this.#simulation.now, sequencer: this.#nextSequencer(), version: this.versions.length + 1 }
    this.objects.set(key, object)
    this.#history(key).push(object)
    this.versions.push({ ...object, key, deleted: false })
    this.#emit('Object Created', key, object)
  }

  /** Removes the newest version, or the delete marker on top of it: what was there before is there again, with its old time. */
  removeNewestVersion(key: string): void {
    const history = this.#history(key)
    if (history.length === 0) return
    history.pop()
    const uncovered = history.at(-1)
    const now = { landedAt: this.#simulation.now, sequencer: this.#nextSequencer() }
    if (uncovered) {
      this.objects.set(key, { ...uncovered, sequencer: now.sequencer })
      this.versions.push({ ...uncovered, ...now, key, deleted: false })
    } else {
      this.objects.delete(key)
      this.versions.push({ content: '', ...now, key, deleted: true })
    }
    this.#emit('Object Deleted', key, { content: '', ...now }, { versionId: 'v', deletion: 'Permanently Deleted' })
  }

  #history(key: string): (RawObject | undefined)[] {
    const existing = this.#histories.get(key) ?? []
    this.#histories.set(key, existing)
    return existing
  }

  remove(key: string): void {
    const existing = this.objects.get(key)
    if (existing === undefined) return
    this.objects.delete(key)
    const object = { content: '', landedAt: this.#simulation.now, sequencer: this.#nextSequencer() }
    this.#history(key).push(undefined)
    this.versions.push({ ...object, key, deleted: true })
    this.#emit('Object Deleted', key, object, { versionId: 'm', deletion: 'Delete Marker Created' })
  }

  foldersOf(dataset: string): string[] {
    const prefix = `raw/${dataset}/`
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length).split('/')[0] ?? '')
  }

  #emit(type: string, key: string, { content, landedAt, sequencer }: RawObject, removed?: { versionId: string; deletion: string }): void {
    const object = { key, size: 10 + content.length, etag: content, sequencer, ...(removed && { 'version-id': removed.versionId }) }
    this.#send(
      JSON.stringify({
        'detail-type': type,
        time: wholeSecond(landedAt).toISOString(),
        detail: { bucket: { name: 'raw-bucket' }, object, ...(removed && { 'deletion-type': removed.deletion }) },
      }),
    )
  }

  // Of different lengths, with and without trailing zeros, in growing order when padded.
  #nextSequencer(): string {
    this.#sequence += this.#simulation.between(1, 40)
    const digits = this.#sequence.toString(16).toUpperCase()
    return this.#simulation.chance(0.5) ? digits : `${digits}${'0'.repeat(this.#simulation.between(0, 3))}`
  }

  readonly store: ObjectStore = {
    getText: async () => undefined,
    putText: async () => false,
    list: (prefix, { startAfter = '' } = {}) => this.#list(prefix, startAfter),
    copy: async () => {},
    remove: async () => {},
  }

  async *#list(prefix: string, startAfter: string) {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort()
    yield keys.map((key) => {
      const { content, landedAt } = this.objects.get(key) as RawObject
      return { key, size: 10 + content.length, lastModified: wholeSecond(landedAt), etag: content }
    })
  }
}

// S3 reports times in whole seconds.
const wholeSecond = (time: number) => new Date(Math.floor(time / 1000) * 1000)
