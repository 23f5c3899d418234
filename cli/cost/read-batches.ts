import { SFNClient } from '@aws-sdk/client-sfn'
import pMap from 'p-map'
import type { BatchRecord } from '../../functions/domain/batch/record.ts'
import type { ExtractRecord } from '../../functions/domain/extract/extract.ts'
import { leftBehind } from '../batches/batch-view.ts'
import type { Deployment } from '../deployment/connect.ts'
import { traceOf } from '../report/traces/read-trace.ts'
import type { CostedBatch } from './dataset-cost.ts'
import type { CostedExtract } from './extract-cost.ts'

/** A batch every ten minutes for as long as the ledger keeps them. */
const MOST_BATCHES = 13_000
const MOST_EXTRACTS = MOST_BATCHES
/** Step Functions throttles the reading of histories. */
const AT_ONCE = 4

export interface BatchesOfPeriod {
  batches: CostedBatch[]
  /** Of the oldest batch that the ledger knows. */
  firstStart: string | undefined
}

/** The batches of a dataset that began since, with what their executions have used. */
export async function readBatches(
  dataset: string,
  since: string,
  deployment: Pick<Deployment, 'batches' | 'lake' | 'executions'>,
  told: (records: number) => void,
): Promise<BatchesOfPeriod> {
  const records = await deployment.batches.recent(dataset, MOST_BATCHES)
  const within = records.filter(({ startedAt }) => startedAt >= since)
  told(within.length)
  const client = new SFNClient({ maxAttempts: 10 })
  const read = async (record: BatchRecord): Promise<CostedBatch> => {
    const [left, trace] = await Promise.all([
      leftBehind(record, deployment.lake),
      traceOf(record.executionArn, deployment.executions, client),
    ])
    return { status: record.status, source: record.source, ...left, trace }
  }
  const batches = await pMap(within, read, { concurrency: AT_ONCE })
  client.destroy()
  const starts = records.map(({ startedAt }) => startedAt).sort()
  return { batches, firstStart: starts[0] }
}

/** The extracts of a dataset that began since, with what their executions have used. */
export async function readExtracts(
  dataset: string,
  since: string,
  deployment: Pick<Deployment, 'extracts' | 'executions'>,
): Promise<{ extracts: CostedExtract[]; firstStart: string | undefined }> {
  const records = await deployment.extracts.recent(dataset, MOST_EXTRACTS)
  const client = new SFNClient({ maxAttempts: 10 })
  const within = records.filter(({ startedAt }) => startedAt >= since)
  const read = async (record: ExtractRecord) => ({ ...record, trace: await traceOf(record.executionArn, deployment.executions, client) })
  const extracts = await pMap(within, read, { concurrency: AT_ONCE })
  client.destroy()
  return { extracts, firstStart: records.map(({ startedAt }) => startedAt).sort()[0] }
}
