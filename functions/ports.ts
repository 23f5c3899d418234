/**
 * What use cases need from the world, as capabilities. Adapters over the AWS SDK and in-memory ones for tests implement
 * them; a use case takes the smallest set it needs.
 */

import type { FailedBatch } from './domain/batch/failed-batch.ts'
import type { JobTime } from './domain/batch/job-times.ts'
import type { Publisher } from './domain/batch/publisher.ts'
import type { BatchRecord } from './domain/batch/record.ts'
import type { Contract } from './domain/contract/contract.ts'
import type { Flow, FlowMarks, FlowPhase } from './domain/landing/flow.ts'
import type { Landing, LandingEvent, LandingOutcome } from './domain/landing/landing.ts'

/** Injected so that tests can hold time still. */
export interface Clock {
  now(): Date
}

/** Objects of one bucket. Keys are decoded. */
export interface ObjectStore {
  /** The object's text. Undefined when there is none. */
  getText(key: string): Promise<string | undefined>
  /** `ifAbsent` writes only when the key has no object; false when it has one. */
  putText(key: string, text: string, options?: { ifAbsent?: boolean; contentType?: string }): Promise<boolean>
  /** Every object below the prefix, a page at a time, in key order, from after `startAfter`. */
  list(prefix: string, options?: { startAfter?: string }): AsyncIterable<StoredObject[]>
  /** Server-side copy within the bucket; overwrites. */
  copy(from: string, to: string): Promise<void>
  remove(keys: string[]): Promise<void>
}
export interface StoredObject {
  key: string
  size: number
  lastModified: Date
  etag?: string
}

/** One publishing batch per dataset at a time. The owner is an execution's ARN. */
export interface Leases {
  /** Takes or renews the lease; takes over an expired one. */
  acquire(dataset: string, owner: string, ttlSeconds: number): Promise<{ acquired: boolean; owner: string; expiresAt: string }>
  /**
   * Releases only the owner's own lease, and with `heldBefore` only one that it has not taken or renewed since: a redriven execution
   * keeps its name, and an event of its earlier end must not cost it its lease. In every other case it does nothing.
   */
  release(dataset: string, owner: string, heldBefore?: string): Promise<void>
  /** Who holds it, expired or not. */
  holder(dataset: string): Promise<{ owner: string; expiresAt: string } | undefined>
}

/** The lease as publishers hold it: of two invocations of one execution only the later has it. */
export interface PublisherLeases {
  /**
   * Takes or renews the lease as `acquire` does, for one publisher: from then on `holds` is false for every other publisher of the same owner
   * too. The publisher is noted, lease or not, until it leaves.
   */
  enter(
    publisher: Pick<Publisher, 'dataset' | 'batchId' | 'run' | 'token'>,
    owner: string,
    ttlSeconds: number,
  ): Promise<{ acquired: boolean; owner: string; expiresAt: string }>
  /** Whether the lease is this owner's, and this publisher the last that entered. Strongly consistent. */
  holds(dataset: string, owner: string, token: string): Promise<boolean>
  /** Notes the curated folders in which the publisher is about to work; false when it is not, or no longer, noted itself. */
  note(publisher: Pick<Publisher, 'dataset' | 'token'>, folders: string[]): Promise<boolean>
  leave(publisher: Pick<Publisher, 'dataset' | 'token'>): Promise<void>
  /** Publishers that entered and have not left, newest first. */
  publishers(dataset: string): Promise<Publisher[]>
}

/** Remembers which alerts are active, so that a bad day does not cause a hundred mails. */
export interface AlertStates {
  /** Records what was observed and returns what it means: send an alert (first, recovered), or not (ongoing, quiet). */
  observe(dataset: string, kind: string, firing: boolean): Promise<'first' | 'ongoing' | 'recovered' | 'quiet'>
}

export interface AlertMessage {
  subject: string
  /** For mail. */
  text: string
  /** For machines; holds at least kind, dataset, severity, message. */
  json: Record<string, unknown>
  attributes: Record<string, string>
}
export interface AlertTopic {
  publish(message: AlertMessage): Promise<void>
}

export interface Metric {
  name: string
  value: number
  unit: 'Count' | 'Percent' | 'Seconds' | 'Bytes' | 'None'
}
export interface Metrics {
  put(dataset: string, metrics: Metric[]): Promise<void>
}

export interface Catalog {
  /** Values by partition key of every partition that the expression selects (all without one). */
  partitions(table: string, expression?: string): Promise<Record<string, string>[]>
}

/** Contracts of this deployment. */
export interface Contracts {
  all(): Promise<Contract[]>
  /** Undefined for a dataset that this deployment does not know. */
  find(dataset: string): Promise<Contract | undefined>
}

/** What is known of each raw object: one row per object, changed only by conditional writes. */
export interface Landings {
  /** Writes each event unless the row is as new. Returns one outcome per event, in the given order. Keys may repeat. */
  record(events: LandingEvent[]): Promise<LandingOutcome[]>
  /** Waiting landings recorded at or before `through` (all without one), in no particular order. Strongly consistent. */
  waiting(dataset: string, through?: string): AsyncIterable<Landing[]>
  /** When the longest waiting landing of the dataset was recorded. Strongly consistent. */
  oldestWaiting(dataset: string): Promise<string | undefined>
  /** Closes the landings of a batch whose object is still the one that was claimed; the rest belong to a later batch. */
  close(
    dataset: string,
    batchId: string,
    status: 'done' | 'failed',
    claimed: { key: string; sequencer: string }[],
  ): Promise<{ closed: number }>
  /** The rows of these keys; keys without one are left out. */
  find(dataset: string, keys: string[]): Promise<Landing[]>
  /** Every row from the first key to the last, both included; what was written within the last second may be missing. */
  between(dataset: string, first: string, last: string): Promise<Landing[]>
}

/** The phase of each dataset between crawl and batch: one row per dataset, changed only by compare-and-set. */
export interface Flows {
  read(dataset: string): Promise<Flow>
  /** Writes `next` when the row still has the revision of `expected`; false when another caller was first. */
  advance(dataset: string, expected: Flow, next: FlowPhase, marks?: FlowMarks): Promise<boolean>
}

export interface Batches {
  find(dataset: string, batchId: string): Promise<BatchRecord | undefined>
  /** Writes the row when the existing one has the revision of `record` (0: there is none); false otherwise. */
  save(record: BatchRecord): Promise<boolean>
  /** Rows that are running or failed: what a person or the sweep must look at. */
  open(dataset: string): Promise<BatchRecord[]>
  /** The dataset's batches, newest first. */
  recent(dataset: string, limit: number): Promise<BatchRecord[]>
}

export interface CrawlerView {
  state: 'READY' | 'RUNNING' | 'STOPPING'
  /** The last crawl that has ended. `id` differs from crawl to crawl. */
  lastCrawl?: { id: string; status: 'SUCCEEDED' | 'CANCELLED' | 'FAILED'; error?: string }
}
export interface Crawlers {
  get(crawlerName: string): Promise<CrawlerView>
  /** busy: a crawl, ours or another, runs already; it may miss what has just landed. */
  start(crawlerName: string): Promise<'started' | 'busy'>
  stop(crawlerName: string): Promise<void>
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE'
export interface ExecutionView {
  arn: string
  name: string
  status: ExecutionStatus
  input: string
  startedAt: string
  stoppedAt?: string
  /** Of one that succeeded. */
  output?: string
  error?: string
  cause?: string
  redrives: number
  redrivable: boolean
  notRedrivableBecause?: string
}
export interface Executions {
  /** Starts the execution; one of that name that runs or has run is success (the name is the batch's). Returns its ARN. */
  start(stateMachineArn: string, name: string, input: unknown): Promise<string>
  describe(executionArn: string): Promise<ExecutionView | undefined>
  redrive(executionArn: string): Promise<void>
  /** Whether a redrive of it would run what a new execution would: same definition, and not ended by a Fail state. */
  resumable(executionArn: string): Promise<{ resumable: boolean; because: string }>
}

/** A timer: the message comes back to start-crawl after the delay. At least once. */
export interface CrawlTimer {
  schedule(message: { dataset: string; requestId: string }, delaySeconds: number): Promise<void>
}

/** The queue of failed batches. Messages stay until a redrive has succeeded. */
export interface FailedBatches {
  send(failure: FailedBatch): Promise<void>
  /** Visible messages, a page at a time, hidden from others meanwhile; ends when the queue shows no more. */
  receive(): AsyncIterable<{ receipt: string; body: string }[]>
  remove(receipt: string): Promise<void>
  /** Shows a received message again at once. */
  release(receipt: string): Promise<void>
}

/** How far the sweep has come through a dataset's raw objects, and how many pages it may list. Undefined before the first. */
export interface SweepCursor {
  /** Begin at the first key without it. */
  lastKey?: string
  /** Pages that were left to list at `at`. */
  pages: number
  at: string
}
export interface SweepCursors {
  read(dataset: string): Promise<SweepCursor | undefined>
  write(dataset: string, cursor: SweepCursor): Promise<void>
}

/** Counts for dashboards and alarms, which need no API call. */
export interface Counters {
  count(name: string, value: number, dimensions: Record<string, string>): void
}

/** The function's log, for what people may want to look up: ids and keys, never a row. */
export interface Log {
  warn(message: string, fields: Record<string, unknown>): void
}

/** How long the dataset's recent jobs took, oldest first; a few dozen at most. */
export interface JobTimes {
  read(dataset: string): Promise<JobTime[]>
  write(dataset: string, times: JobTime[]): Promise<void>
}

/** Runs of the curate job. */
export interface JobRuns {
  /** Those of the batch that have not ended. None is older than `since`. One that waits for capacity does not run yet. */
  live(batchId: string, since: Date): Promise<{ id: string; stopping: boolean; runningSince?: Date }[]>
  stop(runIds: string[]): Promise<void>
}

/** What a data quality evaluation found. */
export interface QualityResults {
  /** Undefined when Glue knows no such result. */
  find(resultId: string): Promise<{ score: number | undefined; rules: QualityRuleResult[] } | undefined>
}
export interface QualityRuleResult {
  name: string
  description: string
  /** Glue's own value: PASS, FAIL, ERROR; anything else is not a pass. */
  result: string | undefined
  message: string | undefined
}

/** Partitions of the catalog that the pipeline writes itself. */
export interface PartitionRegistry {
  /** Registers partitions with their table's own storage descriptor; one that is there already stays as it is. */
  register(table: string, partitions: { values: Record<string, string>; location: string }[]): Promise<void>
  /** Removes the partitions that the expression selects, and returns how many. Their files stay. */
  forget(table: string, expression: string): Promise<number>
}

export interface PartitionProof {
  /** Those of the given partitions that the catalog does not have, as the same objects. */
  missing(table: string, partitions: Record<string, string>[]): Promise<Record<string, string>[]>
}
