import { createHash } from 'node:crypto'
import type { Contract } from '../../domain/contract/contract.ts'
import { waitingKeys } from '../../domain/contract/fields/foreign-keys.ts'
import { lastChangedAt } from '../batch/publish/last-published.ts'
import type { Needs } from '../intake/intake.ts'
import { type WaitingRows, waitingRows } from './waiting-rows.ts'

export type ReplayWaitingWorld = Needs<'lake' | 'batches' | 'executions' | 'pauses', 'ingestStateMachineArn'>

/**
 * Replays the quarantine of a dataset in which rows wait, if a parent has published since they were judged. Repeated calls start one replay: its name is
 * made of what waits and of what was published. Rows that still wait afterwards are judged by then, so the next publication starts the next.
 * @returns what waits, which the replay may let in
 */
export async function replayWaiting(
  { dataset, foreign_keys: keys }: Pick<Contract, 'dataset' | 'foreign_keys'>,
  world: ReplayWaitingWorld,
): Promise<WaitingRows | undefined> {
  const parents = [...new Set(waitingKeys(keys).map(({ parent }) => parent))].sort()
  if (parents.length === 0) return undefined
  const waiting = await waitingRows(dataset, world.lake)
  if (waiting === undefined || (await world.pauses.find(dataset)) !== undefined) return waiting
  const changes = await Promise.all(parents.map((parent) => lastChangedAt(parent, world.batches)))
  const news = parents.filter((_, index) => (changes[index]?.toISOString() ?? '') > waiting.judgedAt)
  if (news.length === 0) return waiting
  const digest = createHash('sha256')
    .update(JSON.stringify([waiting.judgedAt, parents, changes]))
    .digest('hex')
    .slice(0, 12)
  await world.executions.start(world.settings.ingestStateMachineArn, `${dataset}-waiting-${digest}`, {
    dataset,
    source: 'quarantine',
    requestedBy: 'sluice',
    reason: `rows wait for ${parents.join(', ')}; new in ${news.join(', ')}`,
  })
  return waiting
}
