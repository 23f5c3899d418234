import { s3ObjectStore } from '../../functions/adapters/s3/object-store.ts'
import { type SlotEntry, waitingSlots } from '../../functions/domain/batch/job-slots.ts'
import { expectationAt } from '../../functions/domain/batch/lateness.ts'
import { profileFinding } from '../../functions/domain/batch/manifest/profile-changes.ts'
import type { BatchRecord } from '../../functions/domain/batch/record.ts'
import { traitsOf } from '../../functions/domain/batch/source.ts'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { waitingKeys } from '../../functions/domain/contract/fields/foreign-keys.ts'
import { sourcesToPublish } from '../../functions/domain/gold/readiness.ts'
import { type TableState, tableState } from '../../functions/domain/iceberg/history.ts'
import { admit, isMisplaced } from '../../functions/domain/landing/admission.ts'
import type { Flow } from '../../functions/domain/landing/flow.ts'
import type { Landing } from '../../functions/domain/landing/landing.ts'
import type { Pause } from '../../functions/domain/landing/pause.ts'
import { executionName, tableNames } from '../../functions/domain/names.ts'
import { openTable } from '../../functions/use-cases/batch/publish/iceberg-table.ts'
import { lastPublishedAt } from '../../functions/use-cases/batch/publish/last-published.ts'
import { type GoldContract, isGold, unpublishedSources } from '../../functions/use-cases/gold/readiness.ts'
import { waitingRows } from '../../functions/use-cases/references/waiting-rows.ts'
import type { Deployment } from '../deployment/connect.ts'
import { quarantinedBatches, totalOf } from '../quarantine/quarantined-batches.ts'
import { UsageError } from '../usage-error.ts'
import { type BatchView, leftBehind, viewBatch } from './batch-view.ts'
import { type ExtractStatus, extractStatus } from './extract-status.ts'
import { type StreamLag, streamLag } from './stream-lag.ts'
import { topicLag } from './topic-lag.ts'

/** The state of one dataset. */
export interface DatasetStatus {
  dataset: string
  phase: Flow['phase']
  paused: Pause | null
  waiting: { objects: number; since: string | null }
  /** Of a gold dataset for which publications wait: the sources that must publish before it begins. Null of another. */
  awaitsSources: string[] | null
  /** Keys of files that are where no contract looks for them: 150, or all where there are fewer. */
  misplaced: string[]
  running: BatchView[]
  /** The running batch that waits for its turn at the job: since when, and how many of the stage come before it. */
  queued: { batchId: string; since: string; ahead: number } | null
  failed: BatchView[]
  lastGood: BatchView | null
  /** Where the profile of its rows is different from that of the batch before, in words; null where it is not, or is not known. */
  profileChanges: string | null
  /** Rows in quarantine now, and by reason; a row with two reasons counts in both. */
  quarantine: { rows: number; reasons: Record<string, number> }
  /** Quarantined rows that wait for the key of a parent, and since when the oldest of them does; null where none waits. */
  awaitsParents: { rows: number; since: string } | null
  /** Rows, files, deletes and snapshots of an Iceberg table; null of another, and before its first batch. */
  table: TableState | null
  /** Seconds since the last batch that brought something new was published; a replay, backfill or compaction makes no table fresh. */
  freshnessSeconds: number | null
  /** How far its stream has landed; null without one. */
  stream: StreamLag | null
  /** How far it has come with its database; null without one. */
  extract: ExtractStatus | null
  /** By the contract's `expect`; null without it, or before the first batch. */
  expected: { dueAt: string; late: boolean; inWords: string } | null
}

const RECENT = 50

export async function statusOf(dataset: string, deployment: Deployment): Promise<DatasetStatus> {
  const { flows, pauses, batches, jobSlots, lake, clock } = deployment
  const [flow, pause, { waiting, since, open }, recent, quarantined, slots, contract, published, misplaced] = await Promise.all([
    flows.read(dataset),
    pauses.find(dataset),
    waitingAndOpen(dataset, deployment),
    batches.recent(dataset, RECENT),
    quarantinedBatches(dataset, deployment),
    jobSlots.entries(),
    deployment.contracts.find(dataset),
    lastPublishedAt(dataset, batches),
    misplacedFiles(dataset, deployment),
  ])
  const awaits = waitingKeys(contract?.foreign_keys).length > 0 ? await waitingRows(dataset, lake) : undefined
  const succeeded = recent.filter(({ status }) => status === 'succeeded')
  const good = succeeded.find(({ source }) => traitsOf(source).countsRows)
  const news = succeeded.filter(({ source }) => traitsOf(source).isNews)
  const now = clock.now()
  const views = (wanted: 'running' | 'failed') =>
    Promise.all(open.filter(({ status }) => status === wanted).map((record) => viewBatch(record, lake)))
  return {
    dataset,
    phase: flow.phase,
    paused: pause ?? null,
    waiting: { objects: waiting.length, since },
    awaitsSources: isGold(contract) ? await awaitedSources(contract, waiting, deployment) : null,
    misplaced,
    running: await views('running'),
    queued: queuedOf(dataset, open, slots),
    failed: await views('failed'),
    quarantine: totalOf(quarantined),
    awaitsParents: awaits ? { rows: awaits.rows, since: awaits.since } : null,
    table: contract?.curated.format === 'iceberg' ? await icebergState(dataset, deployment) : null,
    lastGood: good ? await viewBatch(good, lake) : null,
    profileChanges: good && good === news[0] ? await changesOfProfile(news[0], news[1], lake) : null,
    freshnessSeconds: published ? Math.round((now.getTime() - published.getTime()) / 1000) : null,
    stream: contract ? await lagOf(contract, deployment, now) : null,
    extract: contract ? await extractStatus(contract, deployment, now) : null,
    expected: contract?.expect && published ? expectationAt(now, contract.expect, published) : null,
  }
}

/** Read one after the other, a batch that claims in between would be there, and its files wait: then both are read again. */
async function waitingAndOpen(
  dataset: string,
  { landings, batches }: Deployment,
): Promise<{ waiting: Landing[]; since: string | null; open: BatchRecord[] }> {
  const names = (records: BatchRecord[]) => records.map(({ batchId }) => batchId).join(' ')
  let before = await batches.open(dataset)
  for (;;) {
    const since = await landings.oldestWaiting(dataset)
    const waiting: Landing[] = []
    if (since !== undefined) for await (const page of landings.waiting(dataset)) waiting.push(...page)
    const after = await batches.open(dataset)
    if (names(before) === names(after)) return { waiting, since: since ?? null, open: after }
    before = after
  }
}

async function awaitedSources(contract: GoldContract, waiting: Landing[], deployment: Deployment): Promise<string[]> {
  if (waiting.length === 0) return []
  const names = [...(await unpublishedSources(contract, deployment)), ...sourcesToPublish(contract.gold, waiting)]
  return [...new Set(names)]
}

async function changesOfProfile(now: BatchRecord, before: BatchRecord | undefined, lake: Deployment['lake']): Promise<string | null> {
  if (before === undefined) return null
  const [later, earlier] = await Promise.all([now, before].map(async (record) => (await leftBehind(record, lake)).manifest?.profile))
  return (later && earlier && profileFinding(later, earlier)) ?? null
}

async function lagOf(contract: Contract, { rawBucket, prefix }: Deployment, now: Date): Promise<StreamLag | null> {
  const raw = s3ObjectStore(rawBucket)
  return (await streamLag(contract, raw, { prefix, now })) ?? (await topicLag(contract, raw, { prefix, now }))
}

/** Those that no batch will read under the contract as it is now. */
export async function misplacedFiles(dataset: string, { misplaced, contracts, rawBucket }: Deployment): Promise<string[]> {
  const keys = await misplaced.find(dataset)
  if (keys.length === 0) return keys
  const known = new Map((await contracts.all()).map((contract) => [contract.dataset, contract]))
  return keys.filter((key) => {
    const admission = admit(
      { kind: 'created', bucket: rawBucket, key, size: 1, etag: '', sequencer: '0', time: '', oldVersion: false },
      rawBucket,
      known,
    )
    return 'ignored' in admission && isMisplaced(admission.ignored)
  })
}

/** Its metadata file may be missing, which the next batch names; the rest of the status is told all the same. */
export async function icebergState(dataset: string, { tables, lake }: Pick<Deployment, 'tables' | 'lake'>): Promise<TableState | null> {
  const table = tableNames(dataset).curated
  if ((await tables.find(table)) === undefined) return null
  return openTable(table, { tables, lake })
    .then(({ metadata }) => tableState(metadata))
    .catch(() => null)
}

function queuedOf(dataset: string, open: BatchRecord[], slots: Record<string, SlotEntry>): DatasetStatus['queued'] {
  const queue = waitingSlots(slots)
  const ahead = queue.findIndex((entry) => entry.dataset === dataset)
  const entry = queue[ahead]
  if (entry === undefined) return null
  // A batch that a person started has no row before it ends, and its execution's name is what people know it by.
  const row = open.find(({ executionArn }) => executionArn === entry.owner)
  return { batchId: row?.batchId ?? executionName(entry.owner), since: entry.since, ahead }
}

/** The datasets asked for, or all of the deployment; an unknown name is the asker's mistake. */
export async function datasetsOf(deployment: Deployment, wanted?: string): Promise<string[]> {
  const all = (await deployment.contracts.all()).map(({ dataset }) => dataset).sort()
  if (wanted === undefined) return all
  if (!all.includes(wanted))
    throw new UsageError(`stage "${deployment.stage}" has no dataset "${wanted}"; it has ${all.join(', ') || 'none'}`)
  return [wanted]
}
