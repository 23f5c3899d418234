import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pMap from 'p-map'
import type { z } from 'zod'
import { manifestSchema } from '../../../functions/domain/batch/manifest/manifest.ts'
import { planSchema } from '../../../functions/domain/batch/plan.ts'
import { qualitySchema } from '../../../functions/domain/batch/quality.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { executionKey, manifestKey, planKey, qualityKey } from '../../../functions/domain/names.ts'
import { quarantineScript } from '../../quarantine/python-script.ts'
import { type FolderTable, folderTables } from '../../query/tables.ts'
import { UsageError } from '../../usage-error.ts'
import type { BatchFacts, DatasetFacts, QuarantineFacts } from '../facts.ts'
import { columnModels } from '../model/columns.ts'
import { readPreview } from '../preview.ts'
import { withoutHidden } from '../sensitive/hidden-values.ts'
import { goldColumns, sensitiveColumns } from '../sensitive/sensitive-columns.ts'
import { type ExecutionTrace, executionTraceSchema } from '../traces/execution-trace.ts'
import { keptContract } from './kept-contract.ts'

const AT_ONCE = 32

/**
 * What `sluice run` or the demo has left: `<folder>/{runs,quarantine}/<dataset>/…`.
 * @param rows whether rows of tables and quarantine are read
 * @throws UsageError when the folder has no runs/
 */
export async function readFolder(folder: string, { rows } = { rows: true }): Promise<DatasetFacts[]> {
  const runs = join(folder, 'runs')
  if (!existsSync(runs)) {
    throw new UsageError(`--input ${folder}: has no runs/; name the --output of \`sluice run\` or \`sluice demo\``)
  }
  const datasets = (await foldersIn(runs)).sort()
  const kept = await Promise.all(datasets.map((dataset) => keptContract(resolve(folder), dataset)))
  const known: Known = {
    folder: resolve(folder),
    rows,
    contracts: kept.filter((contract) => contract !== null),
    tables: await folderTables(folder).catch(() => []),
    batches: new Map(),
  }
  for (const dataset of datasets) known.batches.set(dataset, await readBatches(known.folder, dataset))
  return pMap(datasets, (dataset) => readDataset(dataset, known), { concurrency: 1 })
}

interface Known {
  folder: string
  rows: boolean
  contracts: Contract[]
  tables: FolderTable[]
  batches: Map<string, BatchFacts[]>
}

async function readBatches(folder: string, dataset: string): Promise<BatchFacts[]> {
  const ids = await foldersIn(join(folder, 'runs', dataset))
  return pMap(ids, (batchId) => readBatch(folder, dataset, batchId), { concurrency: AT_ONCE })
}

async function readDataset(dataset: string, { folder, rows, contracts, tables, batches: all }: Known): Promise<DatasetFacts> {
  const batches = all.get(dataset) ?? []
  const quarantine = join(folder, 'quarantine', dataset)
  const limits = newestContract(batches)
  const contract = contracts.find((each) => each.dataset === dataset)
  const table = tables.find(({ name }) => name === dataset)
  return {
    dataset,
    owner: contract?.owner ?? limits?.owner ?? null,
    description: contract?.description ?? null,
    limits: limits && { warnRate: limits.warnRate, haltRate: limits.haltRate },
    expect: null,
    partitionKeys: null,
    madeOf: Object.keys(contract?.gold?.sources ?? {}),
    columns: contract ? columnModels(contract, batches) : null,
    extracts: null,
    // Without its contract no one knows what in it is sensitive.
    preview: rows && contract && table ? await readPreview(table, sensitiveColumns(contract, contracts, goldColumns(all))) : null,
    paused: null,
    waiting: null,
    batches,
    quarantine: rows ? await readQuarantine(quarantine, batches) : null,
  }
}

async function readQuarantine(folder: string, batches: BatchFacts[]): Promise<QuarantineFacts> {
  if (!existsSync(folder)) return noQuarantine()
  return withoutHidden(await quarantineScript<QuarantineFacts>('report.py', folder), hiddenIn(batches))
}

// A folder may have no contract. What any of its batches hid stays hidden.
const hiddenIn = (batches: BatchFacts[]) => [...new Set(batches.flatMap(({ manifest }) => manifest?.quarantine.hidden ?? []))]

const newestContract = (batches: BatchFacts[]) =>
  [...batches].sort((left, right) => (left.startedAt < right.startedAt ? 1 : -1)).find(({ trace }) => trace?.contract)?.trace?.contract ??
  null

export const noQuarantine = (): QuarantineFacts => ({ rows: 0, partitions: {}, reasons: [] })

async function readBatch(folder: string, dataset: string, batchId: string): Promise<BatchFacts> {
  const read = <T>(key: string, schema: z.ZodType<T>) => readJson(join(folder, key), schema)
  const [plan, manifest, quality, trace] = await Promise.all([
    read(planKey(dataset, batchId), planSchema),
    read(manifestKey(dataset, batchId), manifestSchema),
    read(qualityKey(dataset, batchId), qualitySchema),
    read(executionKey(dataset, batchId), executionTraceSchema),
  ])
  const startedAt = trace?.startedAt ?? plan?.createdAt ?? manifest?.startedAt ?? timeOf(batchId)
  return {
    batchId,
    ...outcome(trace, { manifest, quality }),
    source: plan?.source ?? manifest?.source ?? 'landings',
    startedAt,
    closedAt: trace ? trace.stoppedAt : (quality?.judgedAt ?? manifest?.finishedAt ?? null),
    dismissed: null,
    plan,
    manifest,
    quality,
    trace,
  }
}

// A folder from before executions were noted: files say as much as that a batch got no further than its judgement.
function outcome(
  trace: ExecutionTrace | null,
  { manifest, quality }: Pick<BatchFacts, 'manifest' | 'quality'>,
): Pick<BatchFacts, 'status' | 'error'> {
  if (trace) {
    const status = trace.status === 'SUCCEEDED' ? 'succeeded' : trace.status === 'RUNNING' ? 'running' : 'failed'
    return { status, error: status === 'failed' ? (trace.error ?? trace.status) : null }
  }
  if (!manifest) return { status: 'failed', error: 'it wrote no manifest' }
  if (quality?.passed) return { status: 'succeeded', error: null }
  return { status: 'failed', error: quality ? 'its data did not pass the quality rules' : 'it stopped before its data was judged' }
}

/** `orders-20250101T020304Z-0a1b2c3d` → its time. */
function timeOf(batchId: string): string {
  const [, date, time] = batchId.match(/-(\d{8})T(\d{6})Z-/) ?? []
  if (!date || !time) return new Date(0).toISOString()
  return `${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}.000Z`
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

// The report leaves out a file of another version, or one that is cut off, and shows the rest.
async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return null
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return null
  }
}
