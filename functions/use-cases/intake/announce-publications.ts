import { type Announcement, publishedEvent } from '../../domain/batch/publish/published-event.ts'
import { waitingKeys } from '../../domain/contract/fields/foreign-keys.ts'
import { readRunFiles } from '../batch/read-run-files.ts'
import { type NotePublicationsWorld, notePublication } from '../gold/note-publications.ts'
import { type ReplayWaitingWorld, replayWaiting } from '../references/replay-waiting.ts'
import type { Needs } from './intake.ts'

export type AnnouncePublicationsWorld = Needs<'announcements' | 'publishedEvents' | 'lake' | 'counters', 'lakeBucket'> &
  NotePublicationsWorld &
  ReplayWaitingWorld

/**
 * Tells the gold datasets of it, which is a matter of the ledger alone. To be done while the dataset does not rest yet: gold datasets wait until it does, and
 * then begin one batch for all that it has published.
 */
export async function notePublications(
  due: Announcement[],
  world: Needs<'lake'> & NotePublicationsWorld & ReplayWaitingWorld,
): Promise<void> {
  for (const announcement of due) {
    const { manifest } = await readRunFiles(announcement.dataset, announcement.batchId, world.lake)
    if (manifest) await notePublication(announcement, manifest, world)
  }
  for (const dataset of new Set(due.map((announcement) => announcement.dataset))) await letWaitingIn(dataset, world)
}

/** Rows of its children wait for its keys; its own may have been judged before a parent published. */
async function letWaitingIn(dataset: string, world: Needs<'contracts'> & ReplayWaitingWorld): Promise<void> {
  for (const contract of await world.contracts.all()) {
    const parents = waitingKeys(contract.foreign_keys).map(({ parent }) => parent)
    if (parents.includes(dataset) || (parents.length > 0 && contract.dataset === dataset)) await replayWaiting(contract, world)
  }
}

/** Sends the event of each publication that is due, and only then forgets it: an event may come twice, and none is lost. */
export async function announcePublications(due: Announcement[], world: AnnouncePublicationsWorld): Promise<void> {
  for (const announcement of due) {
    const { dataset, batchId } = announcement
    const { manifest, quality } = await readRunFiles(dataset, batchId, world.lake)
    // Run files may be deleted by a person. Then there is nothing left to tell.
    if (manifest) {
      const event = publishedEvent(announcement, { manifest, ...(quality && { quality }) }, world.settings.lakeBucket)
      await world.publishedEvents.send(event)
      world.counters.count('PublicationsAnnounced', 1, { dataset })
    }
    await world.announcements.sent(announcement)
  }
}

/** Those of executions that have ended, whose events a lost close of the batch has left. */
export async function announceLeft(dataset: string, world: AnnouncePublicationsWorld & Needs<'executions'>): Promise<void> {
  const left: Announcement[] = []
  for (const announcement of await world.announcements.due(dataset)) {
    const { executionArn } = announcement
    const execution = executionArn === undefined ? undefined : await world.executions.describe(executionArn)
    if (execution?.status !== 'RUNNING' && execution?.status !== 'PENDING_REDRIVE') left.push(announcement)
  }
  await notePublications(left, world)
  await announcePublications(left, world)
}
