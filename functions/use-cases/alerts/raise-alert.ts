import { z } from 'zod'
import type { Alert } from '../../domain/alert/alert.ts'
import { compose } from '../../domain/alert/compose.ts'
import type { BatchFacts } from '../../domain/alert/facts.ts'
import { stateOf, type Trouble, troubleOf, troublesEndedBy } from '../../domain/alert/kinds.ts'
import { batchIdentitySchema, batchSchema, leftOutSchema } from '../../domain/batch/batch.ts'
import { type Failure, failureSchema, readFailure } from '../../domain/batch/failure.ts'
import { lostRowsFinding } from '../../domain/batch/manifest/lost-rows.ts'
import { missingReferenceRate } from '../../domain/batch/manifest/missing-references.ts'
import { traitsOf } from '../../domain/batch/source.ts'
import type { CommandTarget } from '../../domain/command/next-command.ts'
import { type FailedBatchesWorld, unfinishedBatches } from '../batch/failed-batches.ts'
import { readRunFiles } from '../batch/read-run-files.ts'
import { type TellDeps, tellRecovery, tellTrouble } from './tell.ts'

export const raiseAlertInput = z.object({
  /** recovered: the batch succeeded. Else it failed with `error`, or, without one, has more quarantined rows than warn_rate. */
  kind: z.string(),
  batch: batchIdentitySchema.extend(
    batchSchema
      .pick({ owner: true, source: true, planUri: true, database: true, tables: true, crawl: true, warnRate: true, haltRate: true })
      .partial().shape,
  ),
  observed: z.object({ rate: z.number().optional(), limit: z.number().optional() }).default({}),
  error: failureSchema.optional(),
  /** Of a batch that succeeded: whether its curated crawl ran, how it failed, and what raw and curated crawls left out. */
  crawls: z.object({ ran: z.boolean(), failure: failureSchema.nullish(), leftOut: z.array(leftOutSchema) }).optional(),
})
export type RaiseAlertInput = z.infer<typeof raiseAlertInput>

export interface RaiseAlertDeps extends TellDeps, FailedBatchesWorld {
  target: CommandTarget
}

/** `failure` is the error with the message out of its Cause, for the execution to end with. */
interface Raised {
  sent: Trouble[]
  failure?: Failure
}

/** Alerts of a batch from its own execution: of a high quarantine rate, of its failure, and of the end of earlier troubles. */
export async function raiseAlert({ kind, batch, observed, error, crawls }: RaiseAlertInput, deps: RaiseAlertDeps): Promise<Raised> {
  const { dataset, source = 'raw' } = batch
  const files = await readRunFiles(dataset, batch.batchId, deps.lake)
  const facts: BatchFacts = { dataset, batch, ...files, target: deps.target }
  if (kind === 'recovered')
    return { sent: [...(await tellSuccess(facts, observed, deps)), ...(crawls ? await tellCrawls(facts, crawls, deps) : [])] }
  const trouble = error === undefined ? 'quarantine-rate' : troubleOf(error.Error, source)
  const told = await tellTrouble(stateOf(trouble, source), compose(trouble, { ...facts, ...(error && { failure: error }) }), deps)
  return { sent: told ? [trouble] : [], ...(error && { failure: { Error: error.Error, Cause: readFailure(error).message } }) }
}

async function tellSuccess(facts: BatchFacts, { rate, limit }: RaiseAlertInput['observed'], deps: RaiseAlertDeps): Promise<Trouble[]> {
  const { alertsApart, isNews } = traitsOf(facts.batch.source ?? 'raw')
  const unfinished = await unfinishedBatches(facts.dataset, facts.batch.batchId, facts.manifest?.readLandings ?? [], deps)
  const group = unfinished.filter(({ record }) => traitsOf(record.source).alertsApart === alertsApart)
  const left = new Set<Trouble>(group.map(({ record }) => troubleOf((record.error ?? '').split(':')[0] ?? '', record.source)))
  if (group.length > 0) left.add('batch-still-failed')
  const above = rate !== undefined && limit !== undefined && rate > limit
  const over = [
    ...(isNews ? troublesEndedBy('news') : []),
    ...(isNews && !above ? troublesEndedBy('rate') : []),
    ...troublesEndedBy('batch').filter((trouble) => !left.has(trouble)),
  ]
  const sent: Trouble[] = []
  const states = over.map((trouble) => stateOf(trouble, facts.batch.source))
  if (await tellRecovery(states, facts, deps)) sent.push('recovered')
  if (await tellLostRows(facts, deps)) sent.push('many-rows-lost')
  sent.push(...(await tellMissingReferences(facts, deps)))
  if (group.length === 0 || alertsApart) return sent
  const alert = compose('batch-still-failed', {
    ...facts,
    unfinished: group.map(({ record, files }) => ({ batchId: record.batchId, files })),
  })
  if (await tellTrouble('batch-still-failed', alert, deps)) sent.push('batch-still-failed')
  return sent
}

/** The batch is whole without its crawls; people learn that a crawler does not do its work, and when it does again. */
async function tellCrawls(
  facts: BatchFacts,
  { ran, failure, leftOut }: NonNullable<RaiseAlertInput['crawls']>,
  deps: RaiseAlertDeps,
): Promise<Trouble[]> {
  const { source = 'raw', crawl } = facts.batch
  // What a crawl that failed has not found is no second trouble.
  const found = failure ? leftOut.slice(0, 1) : leftOut
  const all = { count: found.reduce((sum, { count }) => sum + count, 0), names: found.flatMap(({ names }) => names) }
  const sent: Trouble[] = []
  const tell = async (trouble: Trouble, alert: Alert) => {
    if (await tellTrouble(stateOf(trouble, source), alert, deps)) sent.push(trouble)
  }
  if (failure) await tell('curated-crawl-failed', compose('curated-crawl-failed', { ...facts, failure }))
  if (all.count > 0) await tell('partitions-left-out', compose('partitions-left-out', { ...facts, leftOut: all }))
  // Only a batch that had both crawls, or whose contract has none, shows that they are well.
  const isWhole = !failure && all.count === 0 && traitsOf(source).hasRawCrawl && (ran || crawl === 'never')
  if (isWhole && (await tellRecovery(troublesEndedBy('whole-crawls'), facts, deps))) sent.push('recovered')
  return sent
}

/** By the same rate as the quarantine's: rows that refer to nothing are published, but people should know. */
async function tellMissingReferences(facts: BatchFacts, deps: RaiseAlertDeps): Promise<Trouble[]> {
  const { source = 'raw', warnRate = 1 } = facts.batch
  const rate = facts.manifest && missingReferenceRate(facts.manifest)
  if (!traitsOf(source).isNews) return []
  if (rate !== undefined && rate > warnRate)
    return (await tellTrouble('missing-references', compose('missing-references', facts), deps)) ? ['missing-references'] : []
  return (await tellRecovery(troublesEndedBy('references'), facts, deps)) ? ['recovered'] : []
}

/** Only a table's first batch can have the finding. A rebuild is a first batch again: its key may be right by then. */
async function tellLostRows(facts: BatchFacts, deps: RaiseAlertDeps): Promise<boolean> {
  if (facts.manifest?.table === undefined) return false
  if (lostRowsFinding(facts.manifest) !== undefined) return tellTrouble('many-rows-lost', compose('many-rows-lost', facts), deps)
  const known = await deps.alertStates.find(facts.dataset, 'many-rows-lost')
  if (known) await deps.alertStates.remove(known)
  return false
}
