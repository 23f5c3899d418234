import type { ExtractFacts, LateFacts, StreamFacts, WaitingFacts } from '../../domain/alert/facts.ts'
import type { Failure } from '../../domain/batch/failure.ts'
import type { BatchSource } from '../../domain/batch/source.ts'
import type { IgnoreReason } from '../../domain/landing/admission.ts'
import type { AlertStates } from '../../ports/alerts.ts'
import type { Batches, FailedBatches, JobTimes } from '../../ports/batches.ts'
import type { Catalog, PartitionProof, PartitionRegistry, TablePointers } from '../../ports/catalog.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Contracts } from '../../ports/contracts.ts'
import type { Crawlers, CrawlTimer } from '../../ports/crawlers.ts'
import type { Executions } from '../../ports/executions.ts'
import type { Extracts } from '../../ports/extracts.ts'
import type { JobRuns } from '../../ports/glue-jobs.ts'
import type { Flows, Landings, MisplacedFiles, Pauses, SweepCursors } from '../../ports/landings.ts'
import type { JobSlots, Leases, PublisherLeases } from '../../ports/leases.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { Announcements, PublishedEvents } from '../../ports/publications.ts'
import type { StreamMappings } from '../../ports/streams.ts'
import type { Counters, Log, Metrics } from '../../ports/telemetry.ts'

/** Everything that intake uses. Each use case names the part it needs. */
export interface Intake {
  contracts: Contracts
  landings: Landings
  flows: Flows
  pauses: Pauses
  misplaced: MisplacedFiles
  batches: Batches
  extracts: Extracts
  leases: Leases & PublisherLeases
  announcements: Announcements
  publishedEvents: PublishedEvents
  jobSlots: JobSlots
  alertStates: AlertStates
  cursors: SweepCursors
  jobTimes: JobTimes
  jobRuns: JobRuns
  crawlers: Crawlers
  executions: Executions
  streamMappings: StreamMappings
  timer: CrawlTimer
  failedBatches: FailedBatches
  catalog: Catalog
  proof: PartitionProof
  registry: PartitionRegistry
  /** Of Iceberg tables. */
  tables: TablePointers
  raw: ObjectStore
  lake: ObjectStore
  counters: Counters
  log: Log
  metrics: Metrics
  alerts: IntakeAlerts
  clock: Clock
  settings: IntakeSettings
}

/** The part of intake that a use case takes: these capabilities, with these settings. */
export type Needs<Capabilities extends Exclude<keyof Intake, 'settings'>, Settings extends keyof IntakeSettings = never> = Pick<
  Intake,
  Capabilities
> & { settings: Pick<IntakeSettings, Settings> }

export interface IntakeSettings {
  prefix: string
  rawBucket: string
  lakeBucket: string
  /** Of the Glue catalog. */
  database: string
  ingestStateMachineArn: string
  /** How long a burst may take to arrive before its crawl starts. */
  settleSeconds: number
  /** A crawl that takes longer is stopped and tried again. */
  crawlDeadlineSeconds: number
  /** When an object's event has not come by then, it counts as lost. */
  sweepGraceSeconds: number
  sweepLookbackDays: number
}

export interface FailedExecution {
  dataset: string
  batchId: string
  source: BatchSource
  executionArn: string
  /** Of an execution that was cut off the error is its status, ABORTED or TIMED_OUT. */
  failure: Failure
}

/** Sends alerts, once for each trouble while it lasts. */
export interface IntakeAlerts {
  /** `isLeft`: whether the batch has files that are in no table; asked only when the trouble is not told yet. */
  batchFailed(batch: FailedExecution, isLeft: () => Promise<boolean>): Promise<void>
  crawlFailed(failure: { dataset: string; attempts: number; error: string }): Promise<void>
  crawlRecovered(dataset: string, because: string): Promise<void>
  /** Partitions in which rows may be twice, since a publisher was cut off there. */
  publicationCutOff(trouble: { dataset: string; doubled: { batchId: string; folder: string }[] }): Promise<void>
  /** Nothing new was published in time. */
  late(trouble: Omit<LateFacts, 'target'>): Promise<void>
  /** Rows wait for a parent, for longer than the contract lets them. */
  rowsWait(trouble: Omit<WaitingFacts, 'target'>): Promise<void>
  rowsWaitNoMore(dataset: string): Promise<void>
  publicationMended(dataset: string): Promise<void>
  /** The extract of a database was cut off, so that it could not tell so itself. */
  extractFailed(trouble: Omit<ExtractFacts, 'target'>): Promise<void>
  /** Lambda does not read the dataset's stream. */
  streamNotRead(trouble: Omit<StreamFacts, 'target'>): Promise<void>
  streamRead(dataset: string, because: string): Promise<void>
  /** Files that landed where no contract looks for them, once a day for each dataset and reason. */
  filesMisplaced(files: { dataset: string; reason: IgnoreReason; files: number; keys: string[] }): Promise<void>
  /** Sends what could not be sent when it was to be told. */
  tellUntold(dataset: string): Promise<void>
}
