import { traitsOf } from '../../functions/domain/batch/source.ts'
import type { Flow } from '../../functions/domain/landing/flow.ts'
import type { Deployment } from '../deployment/connect.ts'
import { standingBatches, totalOf } from '../quarantine/standing.ts'
import { UsageError } from '../usage-error.ts'
import { type BatchView, viewBatch } from './batch-view.ts'

/** The state of one dataset. */
export interface DatasetStatus {
  dataset: string
  phase: Flow['phase']
  waiting: { objects: number; since: string | null }
  running: BatchView[]
  failed: BatchView[]
  lastGood: BatchView | null
  /** Rows in quarantine now, and by reason; a row with two reasons counts in both. */
  quarantine: { rows: number; reasons: Record<string, number> }
  /** Seconds since the last batch that brought something new was published; a replay, backfill or compaction makes no table fresh. */
  freshnessSeconds: number | null
}

const RECENT = 50

export async function statusOf(dataset: string, deployment: Deployment): Promise<DatasetStatus> {
  const { flows, landings, batches, lake, clock } = deployment
  const [flow, since, open, recent, quarantined] = await Promise.all([
    flows.read(dataset),
    landings.oldestWaiting(dataset),
    batches.open(dataset),
    batches.recent(dataset, RECENT),
    standingBatches(dataset, deployment),
  ])
  let objects = 0
  if (since !== undefined) for await (const page of landings.waiting(dataset)) objects += page.length
  const succeeded = recent.filter(({ status }) => status === 'succeeded')
  const good = succeeded.find(({ source }) => traitsOf(source).countsRows)
  const news = succeeded.find(({ source }) => traitsOf(source).isNews)
  const views = (wanted: 'running' | 'failed') =>
    Promise.all(open.filter(({ status }) => status === wanted).map((record) => viewBatch(record, lake)))
  return {
    dataset,
    phase: flow.phase,
    waiting: { objects, since: since ?? null },
    running: await views('running'),
    failed: await views('failed'),
    quarantine: totalOf(quarantined),
    lastGood: good ? await viewBatch(good, lake) : null,
    freshnessSeconds: news?.closedAt ? Math.round((clock.now().getTime() - Date.parse(news.closedAt)) / 1000) : null,
  }
}

/** The datasets asked for, or all of the deployment; an unknown name is the asker's mistake. */
export async function datasetsOf(deployment: Deployment, wanted?: string): Promise<string[]> {
  const all = (await deployment.contracts.all()).map(({ dataset }) => dataset).sort()
  if (wanted === undefined) return all
  if (!all.includes(wanted))
    throw new UsageError(`stage "${deployment.stage}" has no dataset "${wanted}"; it has ${all.join(', ') || 'none'}`)
  return [wanted]
}
