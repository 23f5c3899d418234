import pMap from 'p-map'
import { z } from 'zod'
import { compose } from '../../domain/alert/compose.ts'
import { alertMessage } from '../../domain/alert/message.ts'
import {
  type BackfillInput,
  type BackfillPlan,
  backfillInputSchema,
  backfillPlanSchema,
  type Chunk,
  chunkSchema,
} from '../../domain/backfill/backfill.ts'
import { backfillLease } from '../../domain/backfill/lease.ts'
import { type BackfillReport, type ChunkOutcome, rowsOf, summarizeChunks } from '../../domain/backfill/report.ts'
import { batchSchema } from '../../domain/batch/batch.ts'
import { failureSchema, readFailure } from '../../domain/batch/failure.ts'
import type { CommandTarget } from '../../domain/command/next-command.ts'
import { executionArn } from '../../domain/names.ts'
import type { AlertTopic } from '../../ports/alerts.ts'
import type { Executions } from '../../ports/executions.ts'
import type { Leases } from '../../ports/leases.ts'
import type { ObjectStore } from '../../ports/object-store.ts'

/** DescribeExecution allows some 15 a second. */
const DESCRIBED_AT_ONCE = 4

export const reportBackfillInput = z.object({
  plan: backfillPlanSchema,
  failure: failureSchema.nullable(),
  execution: batchSchema.shape.execution,
})

export interface ReportBackfillDeps {
  executions: Pick<Executions, 'describe'>
  lake: Pick<ObjectStore, 'getText' | 'putText'>
  leases: Pick<Leases, 'release'>
  topic: AlertTopic
  target: CommandTarget
  settings: { ingestStateMachineArn: string }
}

/** Last work of backfill. It asks each chunk's execution how it ended: true after an aborted Map, too. */
export async function reportBackfill(
  { plan, failure, execution }: z.infer<typeof reportBackfillInput>,
  deps: ReportBackfillDeps,
): Promise<BackfillReport> {
  const chunks = z.array(chunkSchema).parse(JSON.parse((await deps.lake.getText(plan.chunksKey)) ?? '[]'))
  const outcomes = await pMap(chunks, (chunk) => outcomeOf(chunk, deps), { concurrency: DESCRIBED_AT_ONCE })
  const report = summarizeChunks(plan, outcomes)
  await deps.lake.putText(report.reportKey, JSON.stringify({ plan, ...report, failure, outcomes }, null, 1))
  await deps.leases.release(backfillLease(plan.dataset), execution.id)
  const facts = { dataset: plan.dataset, executionArn: execution.id, plan, report, input: await inputOf(plan, deps), target: deps.target }
  await deps.topic.publish(alertMessage(compose('backfill-finished', { ...facts, ...(failure && { failure }) })))
  return report
}

async function outcomeOf({ name, partitions }: Chunk, { executions, settings }: ReportBackfillDeps): Promise<ChunkOutcome> {
  const found = await executions.describe(executionArn(settings.ingestStateMachineArn, name))
  if (!found) return { name, partitions, status: 'NOT_STARTED' }
  const rows = rowsOf(found.output)
  return {
    name,
    partitions,
    status: found.status,
    ...(found.error && { error: found.error }),
    ...(found.error && { cause: readFailure({ Error: found.error, Cause: found.cause }).message.slice(0, 500) }),
    ...(rows && { rows }),
  }
}

async function inputOf({ folder }: BackfillPlan, { lake }: ReportBackfillDeps): Promise<BackfillInput | undefined> {
  const text = await lake.getText(`${folder}plan.json`)
  return text === undefined ? undefined : z.object({ input: backfillInputSchema }).safeParse(JSON.parse(text)).data?.input
}
