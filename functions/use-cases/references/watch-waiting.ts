import type { Contract } from '../../domain/contract/contract.ts'
import { secondsOf } from '../../domain/contract/fields/expect.ts'
import { waitingKeys } from '../../domain/contract/fields/foreign-keys.ts'
import type { Needs } from '../intake/intake.ts'
import { type ReplayWaitingWorld, replayWaiting } from './replay-waiting.ts'

export type WatchWaitingWorld = ReplayWaitingWorld & Needs<'alerts' | 'clock'>

/** Starts the replay that a lost event would have started, and reports rows that wait for longer than the contract lets them. */
export async function watchWaiting(contract: Contract, world: WatchWaitingWorld): Promise<void> {
  const keys = waitingKeys(contract.foreign_keys)
  if (keys.length === 0) return
  const { dataset, owner } = contract
  const waiting = await replayWaiting(contract, world)
  if (waiting === undefined) return world.alerts.rowsWaitNoMore(dataset)
  const [shortest] = keys.map(({ within }) => within).sort((left, right) => secondsOf(left) - secondsOf(right))
  const waited = world.clock.now().getTime() - Date.parse(waiting.since)
  if (shortest === undefined || waited <= 1000 * secondsOf(shortest)) return
  const parents = [...new Set(keys.map(({ parent }) => parent))]
  await world.alerts.rowsWait({ dataset, owner, rows: waiting.rows, since: waiting.since, within: shortest, parents })
}
