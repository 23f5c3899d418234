/** What tells of publications. */

import type { Announcement, PublishedEvent } from '../domain/batch/publish/published-event.ts'
import type { RunEvent } from '../domain/lineage/run-event.ts'

/** Publications whose event is not sent yet: an outbox, which loses none. */
export interface Announcements {
  /** Those of the dataset, or of one of its batches. Strongly consistent. */
  due(dataset: string, batchId?: string): Promise<Announcement[]>
  /** Its event has been sent. One that has become due again meanwhile stays. */
  sent(announcement: Announcement): Promise<void>
}

/** The event bus of the account. */
export interface PublishedEvents {
  send(event: PublishedEvent): Promise<void>
}

/** Takes OpenLineage events, as the specification's HTTP transport sends them. It throws what keeps it from that. */
export interface LineageReceiver {
  post(event: RunEvent): Promise<void>
}
