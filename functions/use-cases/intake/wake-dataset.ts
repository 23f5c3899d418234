import type { Flow, FlowMarks } from '../../domain/landing/flow.ts'
import { isGold, mayStart } from '../gold/readiness.ts'
import { type BeginBatchWorld, beginBatch, launchBatch } from './begin-batch.ts'
import type { Needs } from './intake.ts'
import { scheduleCrawl, setTimer } from './request-crawl.ts'

export type WakeDatasetWorld = BeginBatchWorld & Needs<'timer', 'settleSeconds'>

/**
 * Continues a dataset where a caller may have died after it moved the flow and before it did what follows. A repeated message
 * finds the flow moved by its own first delivery, and one of two that race finds it moved by the other. Safe to call at any time;
 * it does nothing when nothing is left to do.
 */
export async function resumeDataset(dataset: string, world: WakeDatasetWorld): Promise<void> {
  const flow = await world.flows.read(dataset)
  if (flow.phase === 'idle') return wakeDataset(dataset, flow, world)
  if (flow.phase === 'batching') return launchBatch(dataset, flow.batchId, world)
  // One timer more than needed is one message; one too few is a dataset that stops.
  if (flow.phase === 'requested') await setTimer(dataset, flow, world)
}

/**
 * First idle, then the look at what waits: a landing recorded in between sees idle itself, or is seen here. False when another caller has changed the flow
 * meanwhile.
 */
export async function becomeIdle(dataset: string, flow: Flow, marks: FlowMarks, world: WakeDatasetWorld): Promise<boolean> {
  const moved = await world.flows.advance(dataset, flow, { phase: 'idle' }, marks)
  await resumeDataset(dataset, world)
  return moved
}

// Starts what waits in an idle dataset: a batch at once when a crawl that has ended saw it, else a crawl.
async function wakeDataset(dataset: string, flow: Flow, world: WakeDatasetWorld): Promise<void> {
  const oldest = await world.landings.oldestWaiting(dataset)
  if (oldest === undefined || (await world.pauses.find(dataset))) return
  const contract = await world.contracts.find(dataset)
  if (isGold(contract) && !(await mayStart(contract, world))) return
  if (flow.crawledThrough !== null && oldest <= flow.crawledThrough) {
    const result = await beginBatch(dataset, flow, flow.crawledThrough, world)
    if (result === 'begun' || result === 'paused') return
    if (result === 'outrun') return resumeDataset(dataset, world)
  }
  const moved = await scheduleCrawl(dataset, flow, { delaySeconds: world.settings.settleSeconds, attempts: 0 }, world)
  if (!moved) await resumeDataset(dataset, world)
}
