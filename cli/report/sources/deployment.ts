import { rm } from 'node:fs/promises'
import { SFNClient } from '@aws-sdk/client-sfn'
import pMap from 'p-map'
import type { BatchRecord } from '../../../functions/domain/batch-record.ts'
import type { Contract } from '../../../functions/domain/contract.ts'
import type { Landing } from '../../../functions/domain/landing.ts'
import { planKey } from '../../../functions/domain/names.ts'
import { planSchema } from '../../../functions/domain/plan.ts'
import { leftBehind } from '../../batches/batch-view.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import type { Deployment } from '../../deployment/connect.ts'
import { fetchQuarantine } from '../../quarantine/fetch.ts'
import { quarantineScript } from '../../quarantine/python-script.ts'
import type { ExecutionTrace } from '../execution-trace.ts'
import type { BatchFacts, DatasetFacts, QuarantineFacts } from '../facts.ts'
import { readTrace } from '../read-trace.ts'
import { noQuarantine } from './folder.ts'

export interface DeploymentReading {
  /** Newest of each dataset. */
  batches: number
  /** Of these the newest get a timeline and a cost: a history is a call of its own, and Step Functions throttles them. */
  traces: number
  /** Fetches the quarantine files: examples, and rows by partition. */
  quarantine: boolean
}

const AT_ONCE = 16
const HISTORIES_AT_ONCE = 4

/** Reads a deployment again and again; what has ended is read once. */
export function deploymentReader(deployment: Deployment, reading: DeploymentReading) {
  const ended = new Map<string, BatchFacts>()
  const client = new SFNClient({})
  const quarantined = new Map<string, { state: string; facts: QuarantineFacts }>()

  async function readBatch(record: BatchRecord, trace: ExecutionTrace | null): Promise<BatchFacts> {
    const [{ manifest, quality }, planText] = await Promise.all([
      leftBehind(record, deployment.lake),
      deployment.lake.getText(planKey(record.dataset, record.batchId)),
    ])
    return {
      batchId: record.batchId,
      status: record.status,
      source: record.source,
      startedAt: record.startedAt,
      closedAt: record.closedAt ?? null,
      error: record.status === 'failed' ? (record.error ?? record.outcome ?? null) : null,
      plan: planText === undefined ? null : (planSchema.safeParse(JSON.parse(planText)).data ?? null),
      manifest,
      quality,
      trace,
    }
  }

  async function readBatches(dataset: string): Promise<BatchFacts[]> {
    const records = await deployment.batches.recent(dataset, reading.batches)
    const keyOf = ({ dataset: of, batchId, revision }: BatchRecord) => `${of} ${batchId} ${revision}`
    const unread = records.filter((record) => !ended.has(keyOf(record)))
    const traced = unread.filter((record) => records.indexOf(record) < reading.traces)
    const traces = new Map(
      await pMap(traced, async (record) => [record, await traceOf(record)] as const, { concurrency: HISTORIES_AT_ONCE }),
    )
    const fresh = await pMap(unread, async (record) => [record, await readBatch(record, traces.get(record) ?? null)] as const, {
      concurrency: AT_ONCE,
    })
    const running = new Map<string, BatchFacts>()
    for (const [record, facts] of fresh) (record.status === 'running' ? running : ended).set(keyOf(record), facts)
    return records.flatMap((record) => running.get(keyOf(record)) ?? ended.get(keyOf(record)) ?? [])
  }

  async function traceOf({ executionArn }: BatchRecord): Promise<ExecutionTrace | null> {
    const execution = await deployment.executions.describe(executionArn)
    return (execution && (await readTrace(execution, client))) ?? null
  }

  // What stands in quarantine changes with a batch, never between.
  async function readQuarantine(dataset: string, batches: BatchFacts[]): Promise<QuarantineFacts | null> {
    if (!reading.quarantine) return null
    const state = batches.map(({ batchId, closedAt }) => `${batchId} ${closedAt}`).join()
    const known = quarantined.get(dataset)
    if (known?.state === state) return known.facts
    const { folder, files } = await fetchQuarantine(dataset, deployment)
    const facts = files === 0 ? noQuarantine() : await quarantineScript<QuarantineFacts>('report.py', folder)
    await rm(folder, { recursive: true })
    quarantined.set(dataset, { state, facts })
    return facts
  }

  async function readDataset(contract: Contract): Promise<DatasetFacts> {
    const { dataset, owner, quarantine, source } = contract
    const batches = await readBatches(dataset)
    const { landings } = deployment
    const since = await landings.oldestWaiting(dataset)
    // A landing waits in the ledger until its batch has closed: what a running batch has taken is no longer news.
    const running = batches.filter(({ status }) => status === 'running')
    const taken = new Set(running.flatMap(({ plan }) => plan?.objects.map(({ key, sequencer }) => `${sequencer} ${key}`) ?? []))
    const objects: Landing[] = []
    if (since !== undefined) for await (const page of landings.waiting(dataset)) objects.push(...page)
    const free = objects.filter(({ key, sequencer }) => !taken.has(`${sequencer} ${key}`))
    return {
      dataset,
      owner,
      description: contract.description ?? null,
      limits: { warnRate: quarantine.warn_rate, haltRate: quarantine.halt_rate },
      partitionKeys: source.partition_keys,
      waiting: {
        since: free.length > 0 ? (since ?? null) : null,
        objects: free.map(({ size, partition }) => ({ size, partition })),
      },
      batches,
      quarantine: await readQuarantine(dataset, batches),
    }
  }

  return async (wanted?: string): Promise<DatasetFacts[]> => {
    const names = await datasetsOf(deployment, wanted)
    const contracts = (await deployment.contracts.all()).filter(({ dataset }) => names.includes(dataset))
    return pMap(contracts, readDataset, { concurrency: 2 })
  }
}
