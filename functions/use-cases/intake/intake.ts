import type {
  AlertStates,
  Batches,
  Catalog,
  Clock,
  Contracts,
  Counters,
  Crawlers,
  CrawlTimer,
  Executions,
  FailedBatches,
  Flows,
  JobRuns,
  JobTimes,
  Landings,
  Leases,
  Log,
  Metrics,
  ObjectStore,
  PartitionProof,
  PartitionRegistry,
  PublisherLeases,
  SweepCursors,
} from '../../ports.ts'

/** Everything that intake uses. Each use case names the part it needs. */
export interface Intake {
  contracts: Contracts
  landings: Landings
  flows: Flows
  batches: Batches
  leases: Leases & PublisherLeases
  alertStates: AlertStates
  cursors: SweepCursors
  jobTimes: JobTimes
  jobRuns: JobRuns
  crawlers: Crawlers
  executions: Executions
  timer: CrawlTimer
  failedBatches: FailedBatches
  catalog: Catalog
  proof: PartitionProof
  registry: PartitionRegistry
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
  ingestStateMachineArn: string
  /** How long a burst may take to arrive before its crawl starts. */
  settleSeconds: number
  /** A crawl that takes longer is stopped and tried again. */
  crawlDeadlineSeconds: number
  /** When an object's event has not come by then, it counts as lost. */
  sweepGraceSeconds: number
  sweepLookbackDays: number
}

/** Sends alerts, once for each trouble while it lasts. */
export interface IntakeAlerts {
  batchFailed(failure: { dataset: string; batchId: string; status: string; executionArn: string }): Promise<void>
  crawlFailed(failure: { dataset: string; attempts: number; error: string }): Promise<void>
  crawlRecovered(dataset: string): Promise<void>
  /** Partitions in which rows may be twice, since a publisher was cut off there. */
  publicationCutOff(trouble: { dataset: string; doubled: { batchId: string; folder: string }[] }): Promise<void>
  publicationMended(dataset: string): Promise<void>
}
