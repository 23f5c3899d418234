import { SFNClient } from '@aws-sdk/client-sfn'
import pMap from 'p-map'
import { planSchema } from '../../../functions/domain/batch/plan.ts'
import type { BatchRecord } from '../../../functions/domain/batch/record.ts'
import { type Contract, hiddenColumns } from '../../../functions/domain/contract/contract.ts'
import type { ExtractRecord } from '../../../functions/domain/extract/extract.ts'
import type { Landing } from '../../../functions/domain/landing/landing.ts'
import type { Pause } from '../../../functions/domain/landing/pause.ts'
import { planKey } from '../../../functions/domain/names.ts'
import { leftBehind } from '../../batches/batch-view.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import type { Deployment } from '../../deployment/connect.ts'
import { withQuarantine } from '../../quarantine/fetch.ts'
import { quarantineScript } from '../../quarantine/python-script.ts'
import type { BatchFacts, DatasetFacts, QuarantineFacts } from '../facts.ts'
import { columnModels } from '../model/columns.ts'
import type { ExtractModel } from '../model/extracts.ts'
import type { Preview } from '../preview.ts'
import { withoutHidden } from '../sensitive/hidden-values.ts'
import { goldColumns, sensitiveColumns } from '../sensitive/sensitive-columns.ts'
import type { ExecutionTrace } from '../traces/execution-trace.ts'
import { traceOf } from '../traces/read-trace.ts'
import { extractModel } from './extract-model.ts'
import { noQuarantine } from './folder.ts'
import { tablePreview } from './table-preview.ts'

export interface DeploymentReading {
  /** Newest of each dataset. */
  batches: number
  /** Of these the newest get a timeline and a cost: a history is a call of its own, and Step Functions throttles them. */
  traces: number
  /** Fetches the quarantine files: examples, and rows by partition. And a file of each table, for a few of its rows. */
  quarantine: boolean
}

/** Read at each look, to see whether there is something new. */
const HEAD = 10
const EXTRACTS = 20
const AT_ONCE = 16
const HISTORIES_AT_ONCE = 4

interface Look {
  since: string | undefined
  open: BatchRecord[]
  newest: BatchRecord[]
  waiting: Landing[]
  paused: Pause | null
  drawn: ExtractRecord[] | null
  mark: string
}
interface Seen {
  look: Look
  records: BatchRecord[]
  facts: DatasetFacts
}

const versionOf = ({ batchId, revision }: BatchRecord) => `${batchId} ${revision}`

/** Reads a deployment repeatedly. An ended batch is read once; an unchanged dataset is returned from the last read. */
export function deploymentReader(deployment: Deployment, reading: DeploymentReading) {
  const ended = new Map<string, BatchFacts>()
  const client = new SFNClient({})
  const seen = new Map<string, Seen>()
  const extracted = new Map<string, ExtractModel>()
  const previewed = new Map<string, { state: string; preview: Preview | null }>()
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
      dismissed: record.dismissed ?? null,
      error: record.status === 'failed' ? (record.error ?? record.outcome ?? null) : null,
      plan: planText === undefined ? null : (planSchema.safeParse(JSON.parse(planText)).data ?? null),
      manifest,
      quality,
      trace,
    }
  }

  async function readBatches(dataset: string, records: BatchRecord[]): Promise<BatchFacts[]> {
    const keyOf = ({ dataset: of, batchId, revision }: BatchRecord) => `${of} ${batchId} ${revision}`
    const unread = records.filter((record) => !ended.has(keyOf(record)))
    const traced = unread.filter((record) => records.indexOf(record) < reading.traces)
    const traces = new Map(
      await pMap(traced, async (record) => [record, await traceOf(record.executionArn, deployment.executions, client)] as const, {
        concurrency: HISTORIES_AT_ONCE,
      }),
    )
    const fresh = await pMap(unread, async (record) => [record, await readBatch(record, traces.get(record) ?? null)] as const, {
      concurrency: AT_ONCE,
    })
    const running = new Map<string, BatchFacts>()
    for (const [record, facts] of fresh) (record.status === 'running' ? running : ended).set(keyOf(record), facts)
    return records.flatMap((record) => running.get(keyOf(record)) ?? ended.get(keyOf(record)) ?? [])
  }

  // Only a batch changes the quarantine.
  async function readQuarantine(dataset: string, batches: BatchFacts[]): Promise<QuarantineFacts | null> {
    if (!reading.quarantine) return null
    const state = batches.map(({ batchId, closedAt }) => `${batchId} ${closedAt}`).join()
    const known = quarantined.get(dataset)
    if (known?.state === state) return known.facts
    const facts = await withQuarantine(dataset, deployment, async (folder, files) =>
      files === 0 ? noQuarantine() : quarantineScript<QuarantineFacts>('report.py', folder),
    )
    quarantined.set(dataset, { state, facts })
    return facts
  }

  // What has ended stays as it is.
  async function readExtracts(records: ExtractRecord[]): Promise<ExtractModel[]> {
    const read = async (record: ExtractRecord) => {
      const known = extracted.get(record.extractId)
      if (known) return known
      const model = extractModel(record, await traceOf(record.executionArn, deployment.executions, client))
      if (record.status !== 'running') extracted.set(record.extractId, model)
      return model
    }
    return pMap(records, read, { concurrency: HISTORIES_AT_ONCE })
  }

  // Only a batch that succeeds changes the table.
  async function readTable(contract: Contract, batches: BatchFacts[]): Promise<Preview | null> {
    const last = batches
      .filter(({ status }) => status === 'succeeded')
      .sort((left, right) => (left.startedAt < right.startedAt ? 1 : -1))[0]
    if (!reading.quarantine || last === undefined) return null
    const { dataset } = contract
    const known = previewed.get(dataset)
    if (known?.state === last.batchId) return known.preview
    const all = await deployment.contracts.all()
    const preview = await tablePreview(contract, deployment, sensitiveColumns(contract, all, goldColumns(new Map([[dataset, batches]]))))
    previewed.set(dataset, { state: last.batchId, preview })
    return preview
  }

  async function readDataset(contract: Contract): Promise<DatasetFacts> {
    const { dataset, owner, quarantine, source } = contract
    const now = await lookAt(contract)
    const before = seen.get(dataset)
    // The ledger does not show how far the execution of a running batch is.
    if (before?.look.mark === now.mark && now.open.every(({ status }) => status !== 'running')) return before.facts
    const records = await newerRecords(dataset, now, before)
    const batches = await readBatches(dataset, records)
    // A landing waits in the ledger until its batch has closed: what a running batch has taken is no longer news.
    const running = batches.filter(({ status }) => status === 'running')
    const taken = new Set(running.flatMap(({ plan }) => plan?.objects.map(({ key, sequencer }) => `${sequencer} ${key}`) ?? []))
    const free = now.waiting.filter(({ key, sequencer }) => !taken.has(`${sequencer} ${key}`))
    const found = await readQuarantine(dataset, batches)
    const facts = {
      dataset,
      owner,
      description: contract.description ?? null,
      limits: { warnRate: quarantine.warn_rate, haltRate: quarantine.halt_rate },
      expect: contract.expect ?? null,
      partitionKeys: source.partition_keys,
      madeOf: Object.keys(contract.gold?.sources ?? {}),
      columns: columnModels(contract, batches),
      extracts: now.drawn && (await readExtracts(now.drawn)),
      preview: await readTable(contract, batches),
      waiting: {
        since: free.length > 0 ? (now.since ?? null) : null,
        objects: free.map(({ size, partition }) => ({ size, partition })),
      },
      paused: now.paused,
      batches,
      quarantine: found && withoutHidden(found, hiddenColumns(contract)),
    }
    seen.set(dataset, { look: now, records, facts })
    return facts
  }

  /** What the ledger says in a few small reads; the mark is another when anything has changed. */
  async function lookAt({ dataset, source }: Contract): Promise<Look> {
    const { landings, batches, pauses, extracts } = deployment
    const [since, open, newest, pause, drawn] = await Promise.all([
      landings.oldestWaiting(dataset),
      batches.open(dataset),
      batches.recent(dataset, HEAD),
      pauses.find(dataset),
      source.jdbc ? extracts.recent(dataset, EXTRACTS) : null,
    ])
    const paused = pause ?? null
    const waiting: Landing[] = []
    if (since !== undefined) for await (const page of landings.waiting(dataset)) waiting.push(...page)
    const said = [waiting.map(({ key, sequencer }) => `${sequencer} ${key}`).sort(), [...open, ...newest].map(versionOf), paused, drawn]
    return { since, open, newest, waiting, paused, drawn, mark: JSON.stringify(said) }
  }

  /** The newest records, out of those that are known as far as that goes: all are read the first time only. */
  async function newerRecords(dataset: string, now: Look, before: Seen | undefined): Promise<BatchRecord[]> {
    const known = new Map(before?.records.map((record) => [record.batchId, record]))
    const oldest = now.newest.at(-1)
    const joins = now.newest.length < HEAD || (oldest !== undefined && known.has(oldest.batchId))
    if (before === undefined || !joins) return deployment.batches.recent(dataset, reading.batches)
    for (const record of [...now.newest, ...now.open]) known.set(record.batchId, record)
    // Was open and is not: it has ended since, however long ago it began.
    const openNow = new Set(now.open.map(({ batchId }) => batchId))
    for (const { batchId } of before.look.open) {
      const record = openNow.has(batchId) ? undefined : await deployment.batches.find(dataset, batchId)
      if (record) known.set(batchId, record)
    }
    return [...known.values()].sort((left, right) => (left.batchId < right.batchId ? 1 : -1)).slice(0, reading.batches)
  }

  return async (wanted?: string): Promise<DatasetFacts[]> => {
    const names = await datasetsOf(deployment, wanted)
    const contracts = (await deployment.contracts.all()).filter(({ dataset }) => names.includes(dataset))
    return pMap(contracts, readDataset, { concurrency: 2 })
  }
}
