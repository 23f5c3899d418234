/** Who may publish into a dataset, and who may run the job. */

import type { SlotAnswer, SlotEntry } from '../domain/batch/job-slots.ts'
import type { Announcement } from '../domain/batch/publish/published-event.ts'
import type { Publisher } from '../domain/batch/publish/publisher.ts'

/** One publishing batch per dataset at a time. The owner is an execution's ARN. */
export interface Leases {
  /** Takes or renews the lease; takes over an expired one. */
  acquire(dataset: string, owner: string, ttlSeconds: number): Promise<{ acquired: boolean; owner: string; expiresAt: string }>
  /**
   * Releases only the owner's own lease, and with `heldBefore` only one that it has not taken or renewed since: a redriven execution
   * keeps its name, and an event of its earlier end must not cost it its lease. In every other case it does nothing.
   */
  release(dataset: string, owner: string, heldBefore?: string): Promise<void>
  /** Who holds it, expired or not. */
  holder(dataset: string): Promise<{ owner: string; expiresAt: string } | undefined>
}

/** The lease as publishers hold it: of two invocations of one execution only the later has it. */
export interface PublisherLeases {
  /**
   * Takes or renews the lease as `acquire` does, for one publisher: from then on `holds` is false for every other publisher of the same owner
   * too. The publisher is noted, lease or not, until it leaves.
   */
  enter(
    publisher: Pick<Publisher, 'dataset' | 'batchId' | 'run' | 'token'>,
    owner: string,
    ttlSeconds: number,
  ): Promise<{ acquired: boolean; owner: string; expiresAt: string }>
  /** Whether the lease is this owner's, and this publisher the last that entered. Strongly consistent. */
  holds(dataset: string, owner: string, token: string): Promise<boolean>
  /** Notes the curated folders in which the publisher is about to work, and the time; false when it is not, or no longer, noted itself. */
  note(publisher: Pick<Publisher, 'dataset' | 'token'>, folders: string[]): Promise<boolean>
  /** With `published`, the publication's announcement becomes due in the same write. */
  leave(publisher: Pick<Publisher, 'dataset' | 'token'>, published?: Omit<Announcement, 'publishedAt'>): Promise<void>
  /** Publishers that entered and have not left, newest first. */
  publishers(dataset: string): Promise<Publisher[]>
}

/** Turns of the stage's batches at running the job, of which only so many run at a time. One entry a dataset: its lease holder asks. */
export interface JobSlots {
  /** Takes one of `most` slots, or a place among those that wait. An owner that has a slot renews it. */
  take(dataset: string, owner: string, most: number): Promise<SlotAnswer>
  /** Removes the owner's entry, and with `heldBefore` only one that it has not taken or renewed since; false when there is none. */
  free(dataset: string, owner: string, heldBefore?: string): Promise<boolean>
  /** By dataset. Strongly consistent. */
  entries(): Promise<Record<string, SlotEntry>>
}
