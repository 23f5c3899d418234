import type { BatchRecord } from '../../functions/domain/batch/record.ts'
import { claimsLandings, traitsOf } from '../../functions/domain/batch/source.ts'
import type { Flow } from '../../functions/domain/landing/flow.ts'
import type { Landing } from '../../functions/domain/landing/landing.ts'
import { readBatchPlan } from '../../functions/use-cases/batch/batch-plan.ts'
import type { Deployment } from '../deployment/connect.ts'
import { UsageError } from '../usage-error.ts'
import { type BatchView, viewBatch } from './batch-view.ts'

/** How one dataset stands. */
export interface DatasetStatus {
  dataset: string
  phase: Flow['phase']
  waiting: { objects: number; since: string | null }
  running: BatchView[]
  failed: BatchView[]
  lastGood: BatchView | null
  /** Seconds since the last batch that brought something new was published; a replay, backfill or compaction makes no table fresh. */
  freshnessSeconds: number | null
}

const RECENT = 50

export async function statusOf(dataset: string, deployment: Deployment): Promise<DatasetStatus> {
  const { flows, landings, batches, lake, clock } = deployment
  const [flow, since, open, recent] = await Promise.all([
    flows.read(dataset),
    landings.oldestWaiting(dataset),
    batches.open(dataset),
    batches.recent(dataset, RECENT),
  ])
  const claimed = await claimedBy(open, deployment)
  const free: Landing[] = []
  if (since !== undefined)
    for await (const page of landings.waiting(dataset))
      free.push(...page.filter(({ key, sequencer }) => !claimed.has(`${sequencer} ${key}`)))
  const succeeded = recent.filter(({ status }) => status === 'succeeded')
  const good = succeeded.find(({ source }) => traitsOf(source).countsRows)
  const news = succeeded.find(({ source }) => traitsOf(source).isNews)
  const views = (wanted: 'running' | 'failed') =>
    Promise.all(open.filter(({ status }) => status === wanted).map((record) => viewBatch(record, lake)))
  return {
    dataset,
    phase: flow.phase,
    waiting: { objects: free.length, since: free.map(({ recordedAt }) => recordedAt).sort()[0] ?? null },
    running: await views('running'),
    failed: await views('failed'),
    lastGood: good ? await viewBatch(good, lake) : null,
    freshnessSeconds: news?.closedAt ? Math.round((clock.now().getTime() - Date.parse(news.closedAt)) / 1000) : null,
  }
}

/** What running batches have claimed. A landing waits in the ledger until its batch has closed; to people it no longer does. */
async function claimedBy(open: BatchRecord[], { lake, settings }: Deployment): Promise<Set<string>> {
  const running = open.filter(({ status, source }) => status === 'running' && claimsLandings(source))
  const plans = await Promise.all(running.map((record) => readBatchPlan(record, { lake, settings })))
  return new Set(plans.flatMap((plan) => plan?.objects.map(({ key, sequencer }) => `${sequencer} ${key}`) ?? []))
}

/** The datasets asked for, or all of the deployment; an unknown name is the asker's mistake. */
export async function datasetsOf(deployment: Deployment, wanted?: string): Promise<string[]> {
  const all = (await deployment.contracts.all()).map(({ dataset }) => dataset).sort()
  if (wanted === undefined) return all
  if (!all.includes(wanted))
    throw new UsageError(`stage "${deployment.stage}" has no dataset "${wanted}"; it has ${all.join(', ') || 'none'}`)
  return [wanted]
}
