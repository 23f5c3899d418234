import type { FlowPhase } from '../../domain/landing/flow.ts'
import type { Pause } from '../../domain/landing/pause.ts'
import type { Needs } from './intake.ts'

/** start-crawl takes a timer of no request for a call to look at the dataset, and starts what waits. */
const NO_REQUEST = 'resumed'

/**
 * From when this returns, no crawl and no batch of what lands begins; what has begun goes on. Functions read the flow before they look for a
 * pause, so one that saw none is outrun by the flow's new revision, and looks again.
 * @returns the pause that holds: an earlier one stays as it is
 */
export async function pauseDataset(
  dataset: string,
  pause: Omit<Pause, 'at'>,
  { pauses, flows, clock }: Needs<'pauses' | 'flows' | 'clock'>,
): Promise<Pause> {
  const own = { ...pause, at: clock.now().toISOString() }
  const existing = (await pauses.set(dataset, own)) ? own : ((await pauses.find(dataset)) ?? own)
  const flow = await flows.read(dataset)
  const { revision: _revision, crawledThrough: _crawledThrough, batches: _batches, ...phase } = flow
  // When another caller is first, its move outruns the same functions.
  await flows.advance(dataset, flow, phase as FlowPhase)
  return existing
}

/** Starts what waits. Undefined when the dataset was not paused. */
export async function unpauseDataset(dataset: string, { pauses, timer }: Needs<'pauses' | 'timer'>): Promise<Pause | undefined> {
  const ended = await pauses.clear(dataset)
  // Also when there was none: an earlier call may have died here. Without this message the next sweep does it.
  await timer.schedule({ dataset, requestId: NO_REQUEST }, 0)
  return ended
}
