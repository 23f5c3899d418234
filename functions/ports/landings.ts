/** Raw objects in the ledger, and how far each dataset has come with them. */

import type { Flow, FlowMarks, FlowPhase } from '../domain/landing/flow.ts'
import type { Landing, LandingEvent, LandingOutcome } from '../domain/landing/landing.ts'
import type { Pause } from '../domain/landing/pause.ts'

/** What is known of each raw object: one row per object, changed only by conditional writes. */
export interface Landings {
  /** Writes each event unless the row is as new. Returns one outcome per event, in the given order. Keys may repeat. */
  record(events: LandingEvent[]): Promise<LandingOutcome[]>
  /** Waiting landings recorded at or before `through` (all without one), in no particular order. Strongly consistent. */
  waiting(dataset: string, through?: string): AsyncIterable<Landing[]>
  /** When the longest waiting landing of the dataset was recorded. Strongly consistent. */
  oldestWaiting(dataset: string): Promise<string | undefined>
  /** Closes the landings of a batch whose object is still the one that was claimed; the rest belong to a later batch. */
  close(
    dataset: string,
    batchId: string,
    status: 'done' | 'failed',
    claimed: { key: string; sequencer: string }[],
  ): Promise<{ closed: number }>
  /** The rows of these keys; keys without one are left out. */
  find(dataset: string, keys: string[]): Promise<Landing[]>
  /** Every row from the first key to the last, both included; what was written within the last second may be missing. */
  between(dataset: string, first: string, last: string): Promise<Landing[]>
}

/** The phase of each dataset between crawl and batch: one row per dataset, changed only by compare-and-set. */
export interface Flows {
  read(dataset: string): Promise<Flow>
  /** Writes `next` when the row still has the revision of `expected`; false when another caller was first. */
  advance(dataset: string, expected: Flow, next: FlowPhase, marks?: FlowMarks): Promise<boolean>
}

/** How far the sweep has come through a dataset's raw objects, and how many pages it may list. Undefined before the first. */
export interface SweepCursor {
  /** Begin at the first key without it. */
  lastKey?: string
  /** Pages that were left to list at `at`. */
  pages: number
  at: string
}

export interface SweepCursors {
  read(dataset: string): Promise<SweepCursor | undefined>
  write(dataset: string, cursor: SweepCursor): Promise<void>
}

/** Keys of files that landed where no contract looks for them, and that are still there: the first MOST_NOTED of a dataset, or a few more. */
export interface MisplacedFiles {
  note(dataset: string, keys: string[]): Promise<void>
  forget(dataset: string, keys: string[]): Promise<void>
  /** In order. */
  find(dataset: string): Promise<string[]>
}

/** Datasets that a person has paused. */
export interface Pauses {
  /** Strongly consistent. */
  find(dataset: string): Promise<Pause | undefined>
  /** False when the dataset is paused already; that pause stays. */
  set(dataset: string, pause: Pause): Promise<boolean>
  /** Ends the pause and returns it. */
  clear(dataset: string): Promise<Pause | undefined>
}
