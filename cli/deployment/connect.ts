import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { gluePartitionRegistry } from '../../functions/adapters/glue/partition-registry.ts'
import { glueTableEntries, glueTablePointers } from '../../functions/adapters/glue/table-pointers.ts'
import { dynamodbLedger } from '../../functions/adapters/ledger/dynamodb/ledger.ts'
import { sqsCrawlTimer } from '../../functions/adapters/messaging/crawl-timer.ts'
import { sqsFailedBatches } from '../../functions/adapters/messaging/failed-batches.ts'
import { s3Contracts } from '../../functions/adapters/s3/contracts.ts'
import { s3ObjectStore } from '../../functions/adapters/s3/object-store.ts'
import { sfnExecutions } from '../../functions/adapters/step-functions/executions.ts'
import { systemClock as clock } from '../../functions/runtime/clock.ts'
import { deadLetterQueues } from '../dead-letters/queues.ts'
import { UsageError } from '../usage-error.ts'
import { findLocal } from './local-connection.ts'
import type { DeploymentOptions } from './options.ts'

export type Deployment = Awaited<ReturnType<typeof connect>>

/**
 * One deployment, through the adapters that the functions use. The names of its resources come from the deployment:
 * they are the variables of the one function that has all of them.
 */
export async function connect(options: DeploymentOptions) {
  chooseAccount(options)
  const prefix = `sluice-${options.stage}`
  const variables = await readVariables(prefix, options)
  const variable = (name: string) => {
    const value = variables[name]
    if (value === undefined) throw new Error(`the deployment ${prefix} has no ${name}; deploy it again with this version`)
    return value
  }
  // A deployment of an earlier version does not name it, and has the usual one.
  const database = variables.GLUE_DATABASE_NAME ?? `sluice_${options.stage.replaceAll('-', '_')}`
  const ingestStateMachineArn = variable('INGEST_STATE_MACHINE_ARN')
  return {
    prefix,
    stage: options.stage,
    ...dynamodbLedger(variable('LEDGER_TABLE_NAME'), clock),
    rawBucket: variable('RAW_BUCKET_NAME'),
    lakeBucket: variable('LAKE_BUCKET_NAME'),
    lake: s3ObjectStore(variable('LAKE_BUCKET_NAME')),
    contracts: s3Contracts(variable('CONTRACTS_URI')),
    /** Of Iceberg tables. */
    tables: glueTablePointers(database),
    entries: glueTableEntries(database),
    executions: sfnExecutions(),
    database,
    registry: gluePartitionRegistry(database),
    log: { warn: () => {} },
    deadLetters: deadLetterQueues(prefix),
    failedBatches: sqsFailedBatches(variable('FAILED_BATCH_QUEUE_URL')),
    timer: sqsCrawlTimer(variable('CRAWL_QUEUE_URL')),
    alertTopicArn: variable('ALERT_TOPIC_ARN'),
    digestTopicArn: variable('ALERT_TOPIC_ARN').replace(/-alerts$/, '-digest'),
    ingestStateMachineArn,
    extractStateMachineArn: ingestStateMachineArn.replace(/-ingest$/, '-extract'),
    backfillStateMachineArn: ingestStateMachineArn.replace(/-ingest$/, '-backfill'),
    clock,
    settings: { lakeBucket: variable('LAKE_BUCKET_NAME'), ingestStateMachineArn },
  }
}

/** Every client reads these when it is made, as the AWS CLI does. */
export function chooseAccount({ local, profile, region }: Omit<DeploymentOptions, 'stage'>): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  if (profile !== undefined) process.env.AWS_PROFILE = profile
  if (region !== undefined) process.env.AWS_REGION = region
  if (!local) return
  const connection = findLocal()
  process.env.AWS_ENDPOINT_URL = connection.endpoint
  process.env.AWS_REGION = connection.region
  process.env.AWS_ACCESS_KEY_ID = connection.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = 'local'
  delete process.env.AWS_PROFILE
  delete process.env.AWS_SESSION_TOKEN
}

async function readVariables(prefix: string, { local, stage }: DeploymentOptions): Promise<Record<string, string>> {
  const client = new LambdaClient({})
  try {
    const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName: `${prefix}-sweep` }))
    return found.Environment?.Variables ?? {}
  } catch (error) {
    throw explained(error, stage, local ? 'on this machine' : `in ${await client.config.region().catch(() => 'no region')}`)
  }
}

function explained(error: unknown, stage: string, where: string): unknown {
  if (error instanceof Error && error.name === 'ResourceNotFoundException') {
    return new UsageError(`stage "${stage}" is not deployed ${where}: give --stage, --profile or --region, or deploy it`)
  }
  return accountError(error)
}

/** For a first call: errors of credentials or region, in words that say what to do. */
export async function withAccountErrors<T>(call: () => Promise<T>): Promise<T> {
  return call().catch((error) => {
    throw accountError(error)
  })
}

function accountError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error.name === 'CredentialsProviderError') {
    return new UsageError('no AWS credentials: give --profile, or set them as for the AWS CLI; --local reaches the pipeline of `sluice up`')
  }
  if (/region is missing/i.test(error.message)) return new UsageError('no AWS region: give --region or set AWS_REGION')
  return error
}
