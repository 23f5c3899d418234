import { z } from 'zod'
import { type Alert, alertMessage } from '../../domain/alert/alerts.ts'
import {
  type BatchFacts,
  failBatch,
  failCrawl,
  failQualityGate,
  haltForQuarantineRate,
  reportRecovery,
  warnOfQuarantineRate,
} from '../../domain/alert/batch-alerts.ts'
import { batchIdentitySchema, batchSchema } from '../../domain/batch/batch.ts'
import { failureSchema } from '../../domain/batch/failure.ts'
import { percent, quarantineRate } from '../../domain/batch/manifest-summary.ts'
import type { AlertStates, AlertTopic, ObjectStore } from '../../ports.ts'
import { readRunFiles } from '../batch/read-run-files.ts'

export const raiseAlertInput = z.object({
  kind: z.enum(['quarantine-rate', 'quality-gate', 'batch-failed', 'crawl-failed', 'recovered']),
  batch: batchIdentitySchema.extend(
    batchSchema.pick({ owner: true, source: true, planUri: true, database: true, tables: true, warnRate: true, haltRate: true }).partial()
      .shape,
  ),
  observed: z.object({ rate: z.number().optional(), limit: z.number().optional() }).default({}),
  error: failureSchema.optional(),
})
export type RaiseAlertInput = z.infer<typeof raiseAlertInput>

export interface RaiseAlertDeps {
  alertStates: AlertStates
  topic: AlertTopic
  lake: Pick<ObjectStore, 'getText'>
}

/** Alerts that stand until a batch succeeds. Stopping is another alert than warning: the worse one is never taken for the same. */
const ENDED_BY_SUCCESS = ['quarantine-rate-halt', 'quality-gate', 'batch-failed', 'crawl-failed']

/** A compaction says nothing of what lands: its alerts stand and end apart, and those of other batches stay as they are. */
const stateOf = (state: string, { source }: RaiseAlertInput['batch']) => (source === 'curated' ? `compaction-${state}` : state)

/** Tells people the first time, and when it is over; in between the ledger remembers that they know. */
export async function raiseAlert({ kind, batch, observed, error }: RaiseAlertInput, deps: RaiseAlertDeps): Promise<{ sent: string[] }> {
  const facts: BatchFacts = { batch, ...(await readRunFiles(batch.dataset, batch.batchId, deps.lake)), ...(error && { failure: error }) }
  if (kind === 'recovered') return recover(facts, observed, deps)
  const halted = kind === 'quarantine-rate' && error !== undefined
  const state = stateOf(halted ? 'quarantine-rate-halt' : kind, batch)
  const alert = withObservation(halted ? haltForQuarantineRate(facts) : compose(kind, facts), facts, halted)
  if ((await deps.alertStates.observe(batch.dataset, state, true)) !== 'first') return { sent: [] }
  return publish(alert, [state], false, deps)
}

function compose(kind: Exclude<RaiseAlertInput['kind'], 'recovered'>, facts: BatchFacts): Alert {
  switch (kind) {
    case 'quarantine-rate':
      return warnOfQuarantineRate(facts)
    case 'quality-gate':
      return failQualityGate(facts)
    case 'crawl-failed':
      return failCrawl(facts)
    case 'batch-failed':
      return failBatch(facts)
  }
}

function withObservation(alert: Alert, { batch, manifest }: BatchFacts, halted: boolean): Alert {
  if (alert.kind !== 'quarantine-rate' || !manifest) return alert
  const limit = (halted ? batch.haltRate : batch.warnRate) ?? 0
  const rate = quarantineRate(manifest)
  return { ...alert, observed: { rate, limit, observed: `${percent(rate)} > ${percent(limit)}`, quarantined: manifest.rows.quarantined } }
}

async function recover(facts: BatchFacts, { rate, limit }: RaiseAlertInput['observed'], deps: RaiseAlertDeps) {
  const stillWarned = rate !== undefined && limit !== undefined && rate > limit
  const over: string[] = []
  const ended = stillWarned || facts.batch.source === 'curated' ? ENDED_BY_SUCCESS : ['quarantine-rate', ...ENDED_BY_SUCCESS]
  for (const state of ended.map((each) => stateOf(each, facts.batch))) {
    if ((await deps.alertStates.observe(facts.batch.dataset, state, false)) === 'recovered') over.push(state)
  }
  if (over.length === 0) return { sent: [] }
  return publish(reportRecovery(facts, over), over, true, deps)
}

// A message that could not be sent is not known to people: the state goes back, so that the retry sends it.
async function publish(
  alert: Alert,
  states: string[],
  standing: boolean,
  { alertStates, topic }: RaiseAlertDeps,
): Promise<{ sent: string[] }> {
  try {
    await topic.publish(alertMessage(alert))
    return { sent: [alert.kind] }
  } catch (error) {
    for (const state of states) await alertStates.observe(alert.dataset, state, standing)
    throw error
  }
}
