import { canonicalSequencer } from './landing.ts'

/** Keys that the ledger keeps of a dataset's misplaced files: a row of DynamoDB holds 400 KB, and a key may have 1 KB. */
export const MOST_NOTED = 150

/** Of the dataset of a file for which no contract has the folder. */
export const NO_DATASET = 'none'

/** What the last event of each misplaced key leaves: a file, or nothing. */
export class MisplacedKeys {
  readonly #last = new Map<string, { dataset: string; sequencer: string; exists: boolean }>()

  add(dataset: string, event: { key: string; sequencer: string; kind: string }): void {
    const sequencer = canonicalSequencer(event.sequencer) ?? ''
    const known = this.#last.get(event.key)
    if (known && known.sequencer > sequencer) return
    this.#last.set(event.key, { dataset, sequencer, exists: event.kind === 'created' })
  }

  /** Dataset → keys that are there now, and keys that are gone. */
  byDataset(): Map<string, { there: string[]; gone: string[] }> {
    const found = new Map<string, { there: string[]; gone: string[] }>()
    for (const [key, { dataset, exists }] of this.#last) {
      const keys = found.get(dataset) ?? { there: [], gone: [] }
      found.set(dataset, keys)
      keys[exists ? 'there' : 'gone'].push(key)
    }
    return found
  }
}
