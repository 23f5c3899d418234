import type { Flow, FlowMarks } from '../domain/flow.ts'
import { type BeginBatchWorld, beginBatch } from './begin-batch.ts'
import type { Needs } from './intake.ts'
import { scheduleCrawl } from './request-crawl.ts'

export type WakeDatasetWorld = BeginBatchWorld & Needs<'timer', 'settleSeconds'>

/**
 * Starts what waits in an idle dataset: a batch at once when a crawl that has ended saw it, else a crawl. Safe to call at any time,
 * and called by everybody who has just made a dataset idle.
 */
export async function wakeDataset(dataset: string, world: WakeDatasetWorld): Promise<void> {
  const flow = await world.flows.read(dataset)
  if (flow.phase !== 'idle') return
  const oldest = await world.landings.oldestWaiting(dataset)
  if (oldest === undefined) return
  if (flow.crawledThrough !== null && oldest <= flow.crawledThrough) {
    const result = await beginBatch(dataset, flow, flow.crawledThrough, world)
    if (result !== 'nothing-waits') return
  }
  await scheduleCrawl(dataset, flow, { delaySeconds: world.settings.settleSeconds, attempts: 0 }, world)
}

/** First idle, then the look at what waits: a landing recorded in between sees idle itself, or is seen here. */
export async function becomeIdle(dataset: string, flow: Flow, marks: FlowMarks, world: WakeDatasetWorld): Promise<void> {
  if (await world.flows.advance(dataset, flow, { phase: 'idle' }, marks)) await wakeDataset(dataset, world)
}
