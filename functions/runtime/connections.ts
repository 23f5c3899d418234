import { cloudwatchMetrics } from '../adapters/cloudwatch/metrics.ts'
import { glueCatalog } from '../adapters/glue/catalog.ts'
import { glueCrawlers } from '../adapters/glue/crawlers.ts'
import { glueJobRuns } from '../adapters/glue/job-runs.ts'
import { gluePartitionProof } from '../adapters/glue/partition-proof.ts'
import { gluePartitionRegistry } from '../adapters/glue/partition-registry.ts'
import { glueQualityResults } from '../adapters/glue/quality-results.ts'
import { glueTablePointers } from '../adapters/glue/table-pointers.ts'
import { lambdaStreamMappings } from '../adapters/lambda/stream-mappings.ts'
import { dynamodbAlertStates } from '../adapters/ledger/dynamodb/alert-states.ts'
import { dynamodbAnnouncements } from '../adapters/ledger/dynamodb/announcements.ts'
import { dynamodbBatches } from '../adapters/ledger/dynamodb/batches.ts'
import { dynamodbExtracts } from '../adapters/ledger/dynamodb/extracts.ts'
import { dynamodbFlows } from '../adapters/ledger/dynamodb/flows.ts'
import { dynamodbJobSlots } from '../adapters/ledger/dynamodb/job-slots.ts'
import { dynamodbJobTimes } from '../adapters/ledger/dynamodb/job-times.ts'
import { dynamodbLandings } from '../adapters/ledger/dynamodb/landings.ts'
import { dynamodbLeases } from '../adapters/ledger/dynamodb/leases.ts'
import { dynamodbMisplacedFiles } from '../adapters/ledger/dynamodb/misplaced-files.ts'
import { dynamodbPauses } from '../adapters/ledger/dynamodb/pauses.ts'
import { dynamodbSweepCursors } from '../adapters/ledger/dynamodb/sweep-cursors.ts'
import { type LedgerTable, ledgerTable } from '../adapters/ledger/dynamodb/table.ts'
import { snsAlertTopic } from '../adapters/messaging/alert-topic.ts'
import { sqsCrawlTimer } from '../adapters/messaging/crawl-timer.ts'
import { snsDigestTopic } from '../adapters/messaging/digest-topic.ts'
import { sqsFailedBatches } from '../adapters/messaging/failed-batches.ts'
import { httpLineageReceiver } from '../adapters/messaging/lineage-receiver.ts'
import { eventBridgePublishedEvents } from '../adapters/messaging/published-events.ts'
import { s3Contracts } from '../adapters/s3/contracts.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { s3RawObjects } from '../adapters/s3/raw-objects.ts'
import { s3StagedColumns } from '../adapters/s3/staged-columns.ts'
import { sfnExecutions } from '../adapters/step-functions/executions.ts'
import { curateJobName } from '../domain/names.ts'
import { intakeAlerts } from '../use-cases/intake/intake-alerts.ts'
import { systemClock } from './clock.ts'
import { readConfig } from './config.ts'
import { logCounters } from './counters.ts'
import * as setting from './settings.ts'

/** The composition root: which adapter implements each capability (functions/ports). It connects nothing before the first use. */
let ledger: LedgerTable | undefined
const table = () => {
  ledger ??= ledgerTable(readConfig('LEDGER_TABLE_NAME').LEDGER_TABLE_NAME)
  return ledger
}
const metricsNamespace = () => readConfig('METRICS_NAMESPACE').METRICS_NAMESPACE

export const clock = () => systemClock

export const landings = () => dynamodbLandings(table(), systemClock)
export const flows = () => dynamodbFlows(table())
export const misplaced = () => dynamodbMisplacedFiles(table())
export const pauses = () => dynamodbPauses(table())
export const batches = () => dynamodbBatches(table(), systemClock)
export const leases = () => dynamodbLeases(table(), systemClock)
export const announcements = () => dynamodbAnnouncements(table())
export const jobSlots = () => dynamodbJobSlots(table(), systemClock)
export const alertStates = () => dynamodbAlertStates(table())
export const cursors = () => dynamodbSweepCursors(table())
export const extracts = () => dynamodbExtracts(table(), systemClock)
export const jobTimes = () => dynamodbJobTimes(table())

export const contracts = () => s3Contracts(setting.contractsUri())
export const lake = () => s3ObjectStore(setting.lakeBucket())
export const stagedColumns = () => s3StagedColumns(setting.lakeBucket())
export const raw = () => s3ObjectStore(setting.rawBucket())
export const rawObjects = () => s3RawObjects(setting.rawBucket())

export const catalog = () => glueCatalog(setting.database())
export const crawlers = () => glueCrawlers()
export const jobRuns = () => glueJobRuns(curateJobName(setting.prefix()))
export const registry = () => gluePartitionRegistry(setting.database())
export const tablePointers = () => glueTablePointers(setting.database())
export const proof = () => gluePartitionProof(setting.database())
export const qualityResults = () => glueQualityResults()

export const executions = () => sfnExecutions()
export const streamMappings = () => lambdaStreamMappings()
export const timer = () => sqsCrawlTimer(readConfig('CRAWL_QUEUE_URL').CRAWL_QUEUE_URL)
export const failedBatches = () => sqsFailedBatches(readConfig('FAILED_BATCH_QUEUE_URL').FAILED_BATCH_QUEUE_URL)
export const topic = () => snsAlertTopic(readConfig('ALERT_TOPIC_ARN').ALERT_TOPIC_ARN)
export const digestTopic = () => snsDigestTopic(readConfig('DIGEST_TOPIC_ARN').DIGEST_TOPIC_ARN)
export const alerts = () => intakeAlerts({ alertStates: alertStates(), topic: topic(), clock: systemClock }, setting.target())
export const publishedEvents = () => eventBridgePublishedEvents(readConfig('EVENT_SOURCE_NAME').EVENT_SOURCE_NAME)
export const lineageReceiver = () => (setting.lineageUrl() === '' ? undefined : httpLineageReceiver(setting.lineageUrl()))

export const counters = () => logCounters(metricsNamespace())
export const metrics = () => cloudwatchMetrics(metricsNamespace())
