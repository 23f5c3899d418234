import type { Flow } from '../../domain/landing/flow.ts'
import type { Needs } from './intake.ts'

export type RequestCrawlWorld = Needs<'flows' | 'timer' | 'clock', 'settleSeconds'>

/** A timer message this late is lost. */
const TIMER_GRACE_SECONDS = 120

/**
 * Requests a crawl of a dataset in which something waits. In any phase but idle it does nothing. The caller that ends the phase then looks
 * for what waits, and this caller recorded what waits before it read the phase. `again`: this may be a second call. The existing request may be
 * its own, whose timer it has not set.
 */
export async function requestCrawl(
  dataset: string,
  { waits, again }: { waits: boolean; again: boolean },
  world: RequestCrawlWorld,
): Promise<void> {
  const flow = await world.flows.read(dataset)
  if (flow.phase === 'idle' && waits) {
    if (await scheduleCrawl(dataset, flow, { delaySeconds: world.settings.settleSeconds, attempts: 0 }, world)) return
    // Another caller was first, perhaps another delivery of the same message, which may die before it sets the timer.
    const existing = await world.flows.read(dataset)
    if (existing.phase === 'requested') await setTimer(dataset, existing, world)
  }
  // An earlier caller died between its write and its message; if it was this one, no other call may come before the sweep.
  if (flow.phase === 'requested' && (again || isOverdue(flow.dueAt, world))) await setTimer(dataset, flow, world)
}

export async function setTimer(dataset: string, flow: { requestId: string; dueAt: string }, { timer, clock }: Needs<'timer' | 'clock'>) {
  await timer.schedule({ dataset, requestId: flow.requestId }, Math.max(0, (Date.parse(flow.dueAt) - clock.now().getTime()) / 1000))
}

export const isOverdue = (dueAt: string, { clock }: Needs<'clock'>) =>
  clock.now().getTime() > Date.parse(dueAt) + TIMER_GRACE_SECONDS * 1000

/** Moves `flow` to requested and sets the timer, in this order: a timer without its request is ignored. */
export async function scheduleCrawl(
  dataset: string,
  flow: Flow,
  { delaySeconds, attempts, since }: { delaySeconds: number; attempts: number; since?: string },
  world: Needs<'flows' | 'timer' | 'clock'>,
): Promise<boolean> {
  const now = world.clock.now()
  const requestId = String(flow.revision + 1)
  const dueAt = new Date(now.getTime() + delaySeconds * 1000).toISOString()
  const moved = await world.flows.advance(dataset, flow, {
    phase: 'requested',
    requestId,
    dueAt,
    attempts,
    since: since ?? dueAt,
  })
  if (moved) await world.timer.schedule({ dataset, requestId }, delaySeconds)
  return moved
}
