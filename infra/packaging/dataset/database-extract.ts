import { DATABASES, databaseOf } from '../../../functions/domain/contract/connections/databases.ts'
import type { Connection, JdbcConnection } from '../../../functions/domain/contract/connections/file.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { databaseCrawlerName, extractJobName, extractScheduleName, glueConnectionName } from '../../../functions/domain/names.ts'
import { artifactPrefix } from '../artifacts.ts'
import { networkStatements } from '../estate/network.ts'
import { arnOf, type Resources, ref, roleFor, type Statement, sub, type Value } from '../template/template.ts'
import { startsBySchedule } from './schedule.ts'

/** What the dataset's stack takes from the main one beside its usual parameters. */
export const extractParameters = (contract: Contract, script: { entry: Value; modules: Value }): Record<string, Value> =>
  contract.source.jdbc
    ? {
        DeploymentBucketName: ref('ServerlessDeploymentBucket'),
        ExtractScriptUri: script.entry,
        ExtractModulesUri: script.modules,
        ExtractStateMachineArn: ref('ExtractStateMachine'),
      }
    : {}

/**
 * The job of a dataset with `source.jdbc`, which may read that one secret and write that one folder of raw, its schedule, and a crawler by which the
 * database's table is in the catalog. Nothing for other datasets.
 */
export function databaseExtract(contract: Contract, stage: string, connection: Connection | undefined): Resources {
  const { dataset, source, compute } = contract
  if (!source.jdbc || connection?.kind !== 'jdbc') return {}
  const prefix = `sluice-${stage}`
  return {
    ExtractJobRole: roleFor('glue', [...jobStatements(contract, stage), ...reachStatements(prefix, connection)]),
    ExtractJob: {
      Type: 'AWS::Glue::Job',
      Properties: {
        Name: extractJobName(prefix, dataset),
        Description: `Extracts ${source.jdbc.table} over connection ${connection.name} for ${dataset}`,
        Role: arnOf('ExtractJobRole'),
        GlueVersion: '5.1',
        Command: { Name: 'glueetl', PythonVersion: '3', ScriptLocation: ref('ExtractScriptUri') },
        WorkerType: compute.worker_type,
        NumberOfWorkers: compute.workers,
        Timeout: compute.timeout_minutes,
        // The state machine retries.
        MaxRetries: 0,
        ExecutionProperty: { MaxConcurrentRuns: 1 },
        ...(connection.network && { Connections: { Connections: [glueConnectionName(prefix, connection.name)] } }),
        DefaultArguments: {
          '--job-language': 'python',
          '--extra-py-files': ref('ExtractModulesUri'),
          '--dataset': dataset,
          '--raw_bucket': ref('RawBucketName'),
          '--lake_bucket': ref('LakeBucketName'),
          '--connection': connection.name,
          '--connection_url': connection.url,
          '--connection_secret': connection.secret,
          '--enable-metrics': 'true',
          '--enable-continuous-cloudwatch-log': 'true',
          // From 5.1 on, Glue writes by S3A, which otherwise asks each bucket for its region.
          '--conf': sub('spark.hadoop.fs.s3a.endpoint.region=${AWS::Region}'),
        },
        Tags: { dataset },
      },
    },
    DatabaseCrawlerRole: roleFor('glue', [
      ...crawlerStatements(),
      ...reachStatements(prefix, connection),
      connectionStatement(prefix, connection),
    ]),
    DatabaseCrawler: {
      Type: 'AWS::Glue::Crawler',
      Properties: {
        Name: databaseCrawlerName(prefix, dataset),
        Description: `Puts ${source.jdbc.table} of the database into the catalog; nothing of Sluice reads it there`,
        Role: arnOf('DatabaseCrawlerRole'),
        DatabaseName: ref('DatabaseName'),
        TablePrefix: CRAWLED_PREFIX,
        Targets: {
          JdbcTargets: [
            { ConnectionName: glueConnectionName(prefix, connection.name), Path: crawledPath(connection.url, source.jdbc.table) },
          ],
        },
        SchemaChangePolicy: { UpdateBehavior: 'UPDATE_IN_DATABASE', DeleteBehavior: 'LOG' },
        Tags: { dataset },
      },
    },
    ...(source.jdbc.schedule !== undefined &&
      startsBySchedule('Extract', {
        name: extractScheduleName(prefix, dataset),
        dataset,
        expression: source.jdbc.schedule,
        machineArn: 'ExtractStateMachineArn',
        input: { requestedBy: 'schedule' },
      })),
  }
}

/** So begin the names of tables that crawlers of databases make: a dataset's own tables have other names. */
const CRAWLED_PREFIX = 'database_'

/**
 * `jdbc:postgresql://host/shop?ssl=true` and `public.orders` → `shop/public/orders`. Without schemas: `jdbc:mysql://host/shop` and `orders` → `shop/orders`,
 * https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html
 */
function crawledPath(url: string, table: string): string {
  const database = /\/([^/?]+)(\?.*)?$/.exec(url)?.[1] ?? ''
  const [name = '', schema] = table.split('.').reverse()
  const kind = databaseOf(url)
  if (kind !== undefined && !DATABASES[kind].schemas) return `${schema ?? database}/${name}`
  return `${database}/${schema ?? '%'}/${name}`
}

const catalog = (path: string) => sub(`arn:\${AWS::Partition}:glue:\${AWS::Region}:\${AWS::AccountId}:${path}`)

function jobStatements({ dataset, source }: Contract, stage: string): Statement[] {
  const raw = sub(`arn:\${AWS::Partition}:s3:::\${RawBucketName}/raw/${dataset}/*`)
  const own = sub(`arn:\${AWS::Partition}:s3:::\${LakeBucketName}/extracts/${dataset}/*`)
  const lake = sub('arn:${AWS::Partition}:s3:::${LakeBucketName}')
  return [
    {
      Sid: 'ReadScriptAndContract',
      Action: 's3:GetObject',
      Resource: sub(`arn:\${AWS::Partition}:s3:::\${DeploymentBucketName}/${artifactPrefix(stage)}*`),
    },
    {
      Sid: 'WorkInItsFolder',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      Resource: own,
    },
    { Sid: 'ListTheLake', Action: ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'], Resource: lake },
    { Sid: 'LandObjects', Action: ['s3:PutObject', 's3:AbortMultipartUpload'], Resource: raw },
    ...(source.jdbc?.mode === 'full'
      ? [
          { Sid: 'CompareWithEarlier', Action: 's3:GetObject', Resource: raw },
          {
            Sid: 'ListRaw',
            Action: ['s3:ListBucket', 's3:GetBucketLocation'],
            Resource: sub('arn:${AWS::Partition}:s3:::${RawBucketName}'),
          },
        ]
      : []),
    { Sid: 'UseTheDataKey', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: ref('DataKeyArn') },
    logStatement('/aws-glue/*'),
    {
      Sid: 'SparkMetrics',
      Action: 'cloudwatch:PutMetricData',
      Resource: '*',
      Condition: { StringEquals: { 'cloudwatch:namespace': 'Glue' } },
    },
  ]
}

function crawlerStatements(): Statement[] {
  return [
    {
      Sid: 'DescribeTheTable',
      Action: ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:CreateTable', 'glue:UpdateTable'],
      Resource: [catalog('catalog'), catalog('database/${DatabaseName}'), catalog(`table/\${DatabaseName}/${CRAWLED_PREFIX}*`)],
    },
    logStatement('/aws-glue/crawlers*'),
  ]
}

const logStatement = (groups: string): Statement => ({
  Sid: 'Log',
  Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: sub(`arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:${groups}`),
})

/** A secret's ARN ends with six characters that its name does not have. */
const secretArn = (secret: string) =>
  secret.startsWith('arn:')
    ? secret
    : sub(`arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${secret}-??????`)

/** The one secret, and the network where there is one. */
function reachStatements(prefix: string, connection: JdbcConnection): Statement[] {
  const { secret, kms_key: key, network } = connection
  return [
    { Sid: 'ReadItsSecret', Action: 'secretsmanager:GetSecretValue', Resource: secretArn(secret) },
    ...(key === undefined ? [] : [{ Sid: 'DecryptItsSecret', Action: 'kms:Decrypt', Resource: key }]),
    ...(network ? networkStatements(network.subnet_id, network.security_group_ids, glueConnectionName(prefix, connection.name)) : []),
  ]
}

const connectionStatement = (prefix: string, { name }: JdbcConnection): Statement => ({
  Sid: 'FindItsConnection',
  Action: ['glue:GetConnection', 'glue:GetConnections'],
  Resource: [catalog('catalog'), catalog(`connection/${glueConnectionName(prefix, name)}`)],
})

/** CloudFormation takes letters and digits only; names have no capitals. */
export const connectionId = (name: string) => `Connection${name.replaceAll('_', 'X')}`

/** The connections that datasets use, in the catalog of the main stack. */
export function glueConnections(connections: Connection[], stage: string): Resources {
  const databases = connections.filter((connection) => connection.kind === 'jdbc')
  const once = new Map(databases.map((connection) => [connection.name, connection]))
  return Object.fromEntries(
    [...once.values()].map(({ name, url, secret, network }) => [
      connectionId(name),
      {
        Type: 'AWS::Glue::Connection',
        Properties: {
          CatalogId: ref('AWS::AccountId'),
          ConnectionInput: {
            Name: glueConnectionName(`sluice-${stage}`, name),
            ConnectionType: 'JDBC',
            ConnectionProperties: { JDBC_CONNECTION_URL: url, SECRET_ID: secret },
            ...(network && {
              PhysicalConnectionRequirements: {
                SubnetId: network.subnet_id,
                SecurityGroupIdList: network.security_group_ids,
                AvailabilityZone: network.availability_zone,
              },
            }),
          },
        },
      },
    ]),
  )
}
