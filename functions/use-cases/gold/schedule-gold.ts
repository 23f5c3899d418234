import { publicationOf } from '../../domain/gold/publication.ts'
import { isScheduledStart, type ScheduledStart, scheduledLanding } from '../../domain/gold/scheduled-start.ts'
import type { Needs } from '../intake/intake.ts'
import { requestCrawl } from '../intake/request-crawl.ts'
import { isGold } from './readiness.ts'

/**
 * The schedule of a gold dataset has come by: what its sources have published since its last batch may begin one. Where they have published nothing it
 * passes, and the next one counts. A start that is recorded stays until a batch claims it, so one that finds a batch under way is not lost.
 */
export async function scheduleGold(
  due: ScheduledStart,
  world: Needs<'contracts' | 'landings' | 'flows' | 'timer' | 'clock', 'settleSeconds'>,
): Promise<void> {
  if (!isGold(await world.contracts.find(due.dataset))) return
  const keys: string[] = []
  for await (const page of world.landings.waiting(due.dataset)) keys.push(...page.map(({ key }) => key))
  if (!keys.some((key) => publicationOf(key))) return
  const [outcome] = keys.some(isScheduledStart)
    ? [{ outcome: 'duplicate', waiting: true }]
    : await world.landings.record([scheduledLanding(due, world.clock.now().toISOString())])
  if (outcome?.waiting) await requestCrawl(due.dataset, { waits: true, again: outcome.outcome !== 'recorded' }, world)
}
