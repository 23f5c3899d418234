import pMap from 'p-map'
import type { Contract } from '../../functions/domain/contract.ts'
import { estimateBackfill } from '../../functions/domain/estimate.ts'
import { planKey } from '../../functions/domain/names.ts'
import { partitionPath } from '../../functions/domain/partition.ts'
import { planSchema } from '../../functions/domain/plan.ts'
import type { Quality } from '../../functions/domain/quality.ts'
import { type BatchView, leftBehind, viewOf } from '../batches/batch-view.ts'
import { type DatasetStatus, statusOf } from '../batches/dataset-status.ts'
import type { Deployment } from '../deployment/connect.ts'

/** What the page is drawn from; it stands in the page as JSON. */
export interface ReportData {
  generatedAt: string
  stage: string
  datasets: DatasetReport[]
}

export interface DatasetReport {
  dataset: string
  owner: string
  warnRate: number
  status: Pick<DatasetStatus, 'phase' | 'waiting' | 'freshnessSeconds'>
  /** Oldest first. */
  batches: ReportBatch[]
  /** Raw partition → what its newest batch made of it. Oldest partition first. */
  partitions: { path: string; batchId: string }[]
  rules: Quality['rules'][number]['description'][]
}

export type ReportBatch = BatchView & {
  /** Step → seconds, as the job measured them. */
  steps: Record<string, number>
  dollars: number | null
  rules: { rule: string; outcome: string; message: string | null }[]
  /** A few of its quarantine files, to look on from. */
  quarantineFiles: string[]
}

const AT_ONCE = 32
const MOST_BATCHES = 5000
const FILES_SHOWN = 3

export async function collectReport(deployment: Deployment, datasets: string[]): Promise<ReportData> {
  return {
    generatedAt: deployment.clock.now().toISOString(),
    stage: deployment.stage,
    datasets: await pMap(datasets, (dataset) => reportOf(dataset, deployment), { concurrency: 4 }),
  }
}

async function reportOf(dataset: string, deployment: Deployment): Promise<DatasetReport> {
  const contract = (await deployment.contracts.find(dataset)) as Contract
  const records = (await deployment.batches.recent(dataset, MOST_BATCHES)).sort((left, right) =>
    left.startedAt < right.startedAt ? -1 : 1,
  )
  const partitions = new Map<string, string>()
  const read = await pMap(
    records,
    async (record) => {
      const [{ manifest, quality }, plan] = await Promise.all([
        leftBehind(record, deployment.lake),
        deployment.lake.getText(planKey(dataset, record.batchId)),
      ])
      const objects = planSchema.safeParse(JSON.parse(plan ?? 'null')).data?.objects ?? []
      const paths = new Set(objects.map(({ partition }) => partitionPath(partition, contract.source.partition_keys)))
      const view = viewOf(record, manifest, quality)
      const batch: ReportBatch = {
        ...view,
        steps: manifest?.metrics ?? {},
        dollars: view.seconds === null ? null : estimateBackfill(1, contract, [view.seconds]).dollars,
        rules: (quality?.rules ?? []).map(({ description, name, outcome, message }) => ({ rule: description || name, outcome, message })),
        quarantineFiles: (manifest?.quarantine.files ?? []).slice(0, FILES_SHOWN).map(({ key }) => key),
      }
      return { batch, paths }
    },
    { concurrency: AT_ONCE },
  )
  for (const { batch, paths } of read) for (const path of paths) partitions.set(path || '(all)', batch.batchId)
  const { phase, waiting, freshnessSeconds } = await statusOf(dataset, deployment)
  return {
    dataset,
    owner: contract.owner,
    warnRate: contract.quarantine.warn_rate,
    status: { phase, waiting, freshnessSeconds },
    batches: read.map(({ batch }) => batch),
    partitions: [...partitions].sort(([left], [right]) => (left < right ? -1 : 1)).map(([path, batchId]) => ({ path, batchId })),
    rules: [...new Set(read.flatMap(({ batch }) => batch.rules.map(({ rule }) => rule)))],
  }
}
