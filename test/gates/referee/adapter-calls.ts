import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { GlueClient } from '@aws-sdk/client-glue'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import { SFNClient } from '@aws-sdk/client-sfn'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { cloudwatchMetrics } from '../../../functions/adapters/cloudwatch/metrics.ts'
import { glueCatalog } from '../../../functions/adapters/glue/catalog.ts'
import { glueCrawlers } from '../../../functions/adapters/glue/crawlers.ts'
import { glueJobRuns } from '../../../functions/adapters/glue/job-runs.ts'
import { gluePartitionProof } from '../../../functions/adapters/glue/partition-proof.ts'
import { gluePartitionRegistry } from '../../../functions/adapters/glue/partition-registry.ts'
import { glueQualityResults } from '../../../functions/adapters/glue/quality-results.ts'
import { glueTableEntries, glueTablePointers } from '../../../functions/adapters/glue/table-pointers.ts'
import { lambdaStreamMappings } from '../../../functions/adapters/lambda/stream-mappings.ts'
import { dynamodbLedger } from '../../../functions/adapters/ledger/dynamodb/ledger.ts'
import { ledgerTable } from '../../../functions/adapters/ledger/dynamodb/table.ts'
import { snsAlertTopic } from '../../../functions/adapters/messaging/alert-topic.ts'
import { sqsCrawlTimer } from '../../../functions/adapters/messaging/crawl-timer.ts'
import { snsDigestTopic } from '../../../functions/adapters/messaging/digest-topic.ts'
import { sqsFailedBatches } from '../../../functions/adapters/messaging/failed-batches.ts'
import { eventBridgePublishedEvents } from '../../../functions/adapters/messaging/published-events.ts'
import { s3Contracts } from '../../../functions/adapters/s3/contracts.ts'
import { s3ObjectStore } from '../../../functions/adapters/s3/object-store.ts'
import { sfnExecutions } from '../../../functions/adapters/step-functions/executions.ts'
import type { PublishedEvent } from '../../../functions/domain/batch/publish/published-event.ts'
import { INITIAL_FLOW } from '../../../functions/domain/landing/flow.ts'
import { curatedCrawlerName, landerFunctionName, rawCrawlerName, tableNames } from '../../../functions/domain/names.ts'
import type { ApiCall } from './referee.ts'

/** The longest names that contract and stage allow, and keys as S3 has them. */
export const LONGEST_DATASET = 'd'.repeat(41)
const PREFIX = 'sluice-dev'
const BATCH = `${LONGEST_DATASET}-20250131T123005Z-0123abcd`
const ACCOUNT = 'us-east-1:123456789012'
const EXECUTION = `arn:aws:states:${ACCOUNT}:execution:${PREFIX}-ingest:${BATCH}`
const MACHINE = `arn:aws:states:${ACCOUNT}:stateMachine:${PREFIX}-ingest`
const QUEUE = `https://sqs.us-east-1.amazonaws.com/123456789012/${PREFIX}-failed-batches`
export const KEY = `raw/${LONGEST_DATASET}/city=Köln%2FSüd/a b+c.csv`
const NOW = '2025-01-31T12:30:05.123Z'
const PARTITIONS = Array.from({ length: 1000 }, (_, day) => ({ day: `day-${day}` }))

type Middleware = { middlewareStack: { add(middleware: any, options: object): void } }

/** A client whose calls go nowhere: each is noted as it would be sent, and gets the answer given for its command. */
function recorded<Client extends Middleware>(
  client: Client,
  service: string,
  calls: ApiCall[],
  answers: Record<string, object> = {},
): Client {
  const note = (_next: unknown, context: { commandName: string }) => async (sent: { input: unknown; request?: { body: Uint8Array } }) => {
    const operation = context.commandName.replace(/Command$/, '')
    // A row is marshalled only on its way out.
    const parameters = sent.request ? JSON.parse(new TextDecoder().decode(sent.request.body)) : sent.input
    calls.push({ service, operation, parameters, where: `functions/adapters: ${operation}` })
    return { output: answers[operation] ?? {}, response: {} }
  }
  client.middlewareStack.add(note, { step: service === 'dynamodb' ? 'build' : 'serialize', priority: 'high', name: 'note' })
  return client
}

/** A client of Glue that notes its calls. */
export const notedClient = (calls: ApiCall[]) => recorded(new GlueClient(settings), 'glue', calls)

export const settings = { region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } }
const ignored = async (work: Promise<unknown>) => void (await work.catch(() => {}))
const drained = async (pages: AsyncIterable<unknown>) => {
  for await (const _ of pages);
}

/** Every call that adapters can make, with arguments at their limits, as the SDK is given them. */
export async function adapterCalls(): Promise<ApiCall[]> {
  const calls: ApiCall[] = []
  const table = { Table: { PartitionKeys: [{ Name: 'day' }] } }
  const glue = recorded(new GlueClient(settings), 'glue', calls, {
    GetTable: table,
    GetPartitions: { Partitions: PARTITIONS.map(({ day }) => ({ Values: [day] })) },
  })
  const names = tableNames(LONGEST_DATASET)
  await glueCatalog('sluice_dev', glue).partitions(names.raw, "day >= '2025-01-01'")
  const metadata_location = `s3://sluice-dev-lake/curated/${LONGEST_DATASET}/metadata/00001-a.metadata.json`
  const pointed = recorded(new GlueClient(settings), 'glue', calls, {
    GetTable: { Table: { Name: names.curated, VersionId: '7', TableType: 'EXTERNAL_TABLE', Parameters: { metadata_location } } },
  })
  await glueTablePointers('sluice_dev', pointed).move(names.curated, { from: metadata_location, version: '7' }, `${metadata_location}2`)
  await glueTableEntries('sluice_dev', glue).forget(names.curated)
  await ignored(gluePartitionProof('sluice_dev', glue).missing(names.quarantine, PARTITIONS))
  const registry = gluePartitionRegistry('sluice_dev', glue)
  await registry.register(
    names.raw,
    PARTITIONS.map((values) => ({ values, location: `s3://raw/raw/${LONGEST_DATASET}/day=1/` })),
  )
  await registry.forget(names.staged, `batch_id = '${BATCH}'`)
  for (const crawler of [rawCrawlerName(PREFIX, LONGEST_DATASET), curatedCrawlerName(PREFIX, LONGEST_DATASET)]) {
    const crawlers = glueCrawlers(glue)
    await Promise.all([crawlers.get(crawler), crawlers.start(crawler), crawlers.stop(crawler)])
  }
  const jobRuns = glueJobRuns(`${PREFIX}-curate`, glue)
  await Promise.all([jobRuns.live(BATCH, new Date(NOW)), jobRuns.stop(Array.from({ length: 30 }, (_, run) => `jr_${run}`))])
  await glueQualityResults(glue).find('dqresult-0123456789abcdef')
  await lambdaStreamMappings(recorded(new LambdaClient(settings), 'lambda', calls)).find(landerFunctionName(PREFIX, LONGEST_DATASET))

  await s3Calls(recorded(new S3Client(settings), 's3', calls))
  await metricsCalls(recorded(new CloudWatchClient(settings), 'cloudwatch', calls))
  await topicCalls(recorded(new SNSClient(settings), 'sns', calls))
  const events = recorded(new EventBridgeClient(settings), 'events', calls)
  await eventBridgePublishedEvents('sluice.dev', events).send({
    dataset: LONGEST_DATASET,
    batchId: BATCH,
    publishedAt: NOW,
  } as PublishedEvent)
  await queueCalls(recorded(new SQSClient({ ...settings, md5: false }), 'sqs', calls, { ReceiveMessage: {} }))
  await executionCalls(
    recorded(new SFNClient(settings), 'sfn', calls, {
      DescribeStateMachineForExecution: { stateMachineArn: MACHINE, definition: '{}' },
      DescribeStateMachine: { definition: '{}' },
    }),
  )
  await ledgerCalls(recorded(new DynamoDBClient(settings), 'dynamodb', calls))
  return calls
}

export async function metricsCalls(client: CloudWatchClient) {
  await cloudwatchMetrics('Sluice/dev', client).put(LONGEST_DATASET, [{ name: 'RowsRead', value: 1e12, unit: 'Count' }])
}

export async function topicCalls(client: SNSClient) {
  await snsAlertTopic(`arn:aws:sns:${ACCOUNT}:${PREFIX}-alerts`, client).publish({
    subject: 'é'.repeat(200),
    text: 'a text',
    chat: {},
    json: { kind: 'batch-failed' },
    attributes: { dataset: LONGEST_DATASET },
  })
  await snsDigestTopic(`arn:aws:sns:${ACCOUNT}:${PREFIX}-digest`, client).publish({ subject: 'a subject', text: 'a text' })
}

export async function s3Calls(client: S3Client) {
  const lake = s3ObjectStore('lake', client)
  await ignored(lake.getText(KEY))
  await lake.putText(KEY, '{}', { ifAbsent: true })
  await drained(lake.list(`raw/${LONGEST_DATASET}/`, { startAfter: KEY }))
  await lake.copy(KEY, `curated/${LONGEST_DATASET}/part-0.parquet`)
  await lake.remove(Array.from({ length: 1500 }, (_, part) => `${KEY}-${part}`))
  await ignored(s3Contracts('s3://deployment/contracts/index-0.json', client).all())
}

async function queueCalls(client: SQSClient) {
  await sqsCrawlTimer(QUEUE, client).schedule({ dataset: LONGEST_DATASET, requestId: 'r' }, 86_400)
  const failed = sqsFailedBatches(QUEUE, client)
  await failed.send({
    executionArn: EXECUTION,
    dataset: LONGEST_DATASET,
    batchId: BATCH,
    error: 'E',
    cause: 'c',
    failedAt: NOW,
    input: {},
  } as never)
  await drained(failed.receive())
  await Promise.all([failed.remove('receipt'), failed.release('receipt')])
}

async function executionCalls(client: SFNClient) {
  const executions = sfnExecutions(client)
  await executions.start(MACHINE, BATCH, { dataset: LONGEST_DATASET, batchId: BATCH, source: 'landings', planUri: 's3://lake/plan.json' })
  await Promise.all([executions.describe(EXECUTION), executions.redrive(EXECUTION)])
  await ignored(executions.resumable(EXECUTION))
}

async function ledgerCalls(client: DynamoDBClient) {
  const ledger = dynamodbLedger(`${PREFIX}-ledger`, { now: () => new Date(NOW) }, ledgerTable(`${PREFIX}-ledger`, client))
  const dataset = LONGEST_DATASET
  const event = {
    dataset,
    key: KEY,
    sequencer: '0A',
    size: 1,
    etag: 'e',
    partition: { city: 'Köln/Süd' },
    landedAt: NOW,
    recordedAt: NOW,
    deleted: false,
  }
  await ignored(ledger.landings.record([event, { ...event, key: `${KEY}2`, deleted: true }]))
  await ignored(drained(ledger.landings.waiting(dataset, NOW)))
  await ignored(ledger.landings.oldestWaiting(dataset))
  await ignored(
    ledger.landings.close(
      dataset,
      BATCH,
      'done',
      Array.from({ length: 150 }, (_, n) => ({ key: `${KEY}${n}`, sequencer: '0A' })),
    ),
  )
  await ignored(
    ledger.landings.find(
      dataset,
      Array.from({ length: 150 }, (_, n) => `${KEY}${n}`),
    ),
  )
  await ignored(ledger.flows.read(dataset))
  await ignored(ledger.flows.advance(dataset, INITIAL_FLOW, { phase: 'idle' }, { crawledThrough: NOW, batches: 1 }))
  await ignored(ledger.flows.advance(dataset, { ...INITIAL_FLOW, revision: 1 }, { phase: 'batching', batchId: BATCH, since: NOW }))
  await ignored(ledger.pauses.find(dataset))
  await ignored(ledger.pauses.set(dataset, { by: 'ann', at: NOW, reason: 'repairs' }))
  await ignored(ledger.pauses.clear(dataset))
  await ignored(ledger.misplaced.note(dataset, [KEY]))
  await ignored(ledger.misplaced.forget(dataset, [KEY]))
  await ignored(ledger.misplaced.find(dataset))
  const record = {
    dataset,
    batchId: BATCH,
    status: 'running',
    source: 'landings',
    executionArn: EXECUTION,
    executions: 1,
    redrives: 0,
    input: '{}',
    startedAt: NOW,
  } as const
  for (const revision of [0, 1]) await ignored(ledger.batches.save({ ...record, revision }))
  await ignored(ledger.batches.find(dataset, BATCH))
  await ignored(ledger.batches.open(dataset))
  await ignored(ledger.batches.recent(dataset, 20))
  await ignored(ledger.leases.acquire(dataset, EXECUTION, 900))
  await ignored(ledger.leases.release(dataset, EXECUTION, NOW))
  await ignored(ledger.leases.holder(dataset))
  const publisher = { dataset, batchId: BATCH, run: '0badcafe', token: '0a1b2c3d' }
  await ignored(ledger.leases.enter(publisher, EXECUTION, 900))
  await ignored(ledger.leases.holds(dataset, EXECUTION, publisher.token))
  await ignored(ledger.leases.note(publisher, [`curated/${dataset}/`]))
  await ignored(ledger.leases.leave(publisher))
  await ignored(ledger.leases.leave(publisher, { ...publisher, executionArn: EXECUTION }))
  await ignored(ledger.announcements.due(dataset, BATCH))
  await ignored(ledger.announcements.sent({ ...publisher, publishedAt: NOW }))
  await ignored(ledger.leases.publishers(dataset))
  await ignored(ledger.landings.between(dataset, KEY, KEY))
  const message = { subject: 's', text: 't', chat: {}, json: { kind: 'batch-failed', rows: { read: 1 } }, attributes: { dataset } }
  const state = { dataset, kind: 'batch-failed', firing: true, since: NOW, untold: { messages: [message], takenUntil: NOW } }
  for (const revision of [0, 1]) await ignored(ledger.alertStates.save({ ...state, revision }))
  await ignored(ledger.alertStates.find(dataset, state.kind))
  await ignored(ledger.alertStates.untold(dataset))
  await ignored(ledger.alertStates.firing(dataset))
  await ignored(ledger.alertStates.remove({ ...state, revision: 2 }))
  await ignored(ledger.jobSlots.take(dataset, EXECUTION, 25))
  await ignored(ledger.jobSlots.free(dataset, EXECUTION))
  await ignored(ledger.cursors.read(dataset))
  await ignored(ledger.cursors.write(dataset, { lastKey: KEY, pages: 2.5, at: NOW }))
  await ignored(ledger.jobTimes.read(dataset))
  await ignored(ledger.jobTimes.write(dataset, [{ batchId: BATCH, source: 'raw', seconds: 60 }]))
}
