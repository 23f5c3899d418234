import { letsBegin } from '../../domain/gold/readiness.ts'
import type { Flow } from '../../domain/landing/flow.ts'
import { beginBatch } from '../intake/begin-batch.ts'
import { scheduleCrawl } from '../intake/request-crawl.ts'
import { becomeIdle, resumeDataset, type WakeDatasetWorld } from '../intake/wake-dataset.ts'
import { busyUpstream, type GoldContract, unpublishedSources } from './readiness.ts'

/** A source that never rests delays its gold datasets by this, and no longer. */
const PATIENCE_SECONDS = 900

/**
 * The settle time after a source's publication is over: begins the gold dataset's batch, once all that it is made of is at rest. It waits for what is missing
 * without a timer: the next publication asks again.
 */
export async function startGold(contract: GoldContract, flow: Flow & { phase: 'requested' }, world: WakeDatasetWorld): Promise<void> {
  const { dataset, gold } = contract
  const waitedSeconds = (world.clock.now().getTime() - Date.parse(flow.since)) / 1000
  if (waitedSeconds < PATIENCE_SECONDS && (await busyUpstream(contract, world)).length > 0) {
    const delaySeconds = Math.max(1, world.settings.settleSeconds)
    const moved = await scheduleCrawl(dataset, flow, { delaySeconds, attempts: 0, since: flow.since }, world)
    return moved ? undefined : resumeDataset(dataset, world)
  }
  if ((await unpublishedSources(contract, world)).length > 0) return void (await becomeIdle(dataset, flow, {}, world))
  const result = await beginBatch(dataset, flow, world.clock.now().toISOString(), world, {
    onlyIf: async (landings) => letsBegin(gold, landings),
  })
  if (result === 'nothing-waits' || result === 'paused' || result === 'declined') await becomeIdle(dataset, flow, {}, world)
  if (result === 'outrun') await resumeDataset(dataset, world)
}
