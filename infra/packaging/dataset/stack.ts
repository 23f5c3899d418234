import { stagedRules } from '../../../functions/domain/batch/staged-rules.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { curatedCrawlerName, rawCrawlerName, rulesetName, tableNames } from '../../../functions/domain/names.ts'
import { artifactPrefix } from '../artifacts.ts'
import type { TypedContract } from '../contracts.ts'
import { crawlerGrants } from '../estate/lake-formation.ts'
import type { FunctionFile } from '../functions.ts'
import { datasetStackId } from '../template/names.ts'
import { arnOf, type Resources, ref, roleFor, type Statement, sub, type Template, type Value } from '../template/template.ts'
import { datasetAlarms } from './alarms.ts'
import { compactionSchedule } from './compaction-schedule.ts'
import { connectionId, databaseExtract, extractParameters } from './database-extract.ts'
import { goldSchedule } from './gold-schedule.ts'
import { streamLander, streamParameters } from './streams/lander.ts'
import { tables } from './tables.ts'

/**
 * One nested stack a dataset: a hundred datasets stay below CloudFormation's 500 resources, and adding or removing one
 * never moves another's resources between stacks.
 */
export function datasetStack(
  typed: TypedContract,
  settings: {
    stage: string
    lakeFormation: boolean
    lander: FunctionFile
    database?: string
    extractScript?: { entry: Value; modules: Value }
  },
) {
  const { contract } = typed
  const { stage, lakeFormation, lander, database = databaseName(stage), extractScript = { entry: '', modules: '' } } = settings
  const resources: Resources = {
    ...datasetResources(typed, `sluice-${stage}`),
    ...datasetAlarms(contract, stage),
    ...streamLander(typed, stage, lander),
    ...goldSchedule(contract, `sluice-${stage}`),
    ...compactionSchedule(contract, `sluice-${stage}`),
    ...databaseExtract(contract, stage, typed.connection),
    ...(lakeFormation ? grants(contract) : {}),
  }
  const known: Record<string, Value> = {
    DatabaseName: database,
    RawBucketName: ref('RawBucket'),
    LakeBucketName: ref('LakeBucket'),
    DataKeyArn: arnOf('DataKey'),
    AlertTopicArn: ref('AlertTopic'),
    CrawlQueueArn: arnOf('CrawlQueue'),
    IngestStateMachineArn: ref('IngestStateMachine'),
    ...streamParameters(typed),
    ...extractParameters(contract, extractScript),
  }
  // A gold dataset needs neither the raw bucket nor the key.
  const parameters = Object.fromEntries(Object.entries(known).filter(([name]) => isUsed(name, resources)))
  const logicalId = datasetStackId(contract.dataset)
  return {
    logicalId,
    template: {
      AWSTemplateFormatVersion: '2010-09-09',
      Description: `Sluice ${stage}, dataset ${contract.dataset}`,
      Parameters: Object.fromEntries(Object.keys(parameters).map((name) => [name, { Type: 'String' }])),
      Resources: resources,
    } satisfies Template,
    nested: (key: string): Resources[string] => ({
      Type: 'AWS::CloudFormation::Stack',
      DependsOn: ['GlueDatabase', ...(typed.connection?.kind === 'jdbc' ? [connectionId(typed.connection.name)] : [])],
      Properties: {
        TemplateURL: sub(`https://\${ServerlessDeploymentBucket}.s3.\${AWS::Region}.\${AWS::URLSuffix}/${artifactPrefix(stage)}${key}`),
        Parameters: parameters,
      },
    }),
  }
}

function isUsed(parameter: string, resources: Resources): boolean {
  const text = JSON.stringify(resources)
  return text.includes(`{"Ref":"${parameter}"}`) || text.includes(`\${${parameter}}`)
}

export const databaseName = (stage: string) => `sluice_${stage.replaceAll('-', '_')}`

function datasetResources(typed: TypedContract, prefix: string): Resources {
  const { contract } = typed
  const { dataset } = contract
  const names = tableNames(dataset)
  const ruleset = rulesetOf(contract, prefix)
  // A gold dataset reads no files, and its partitions are registered as they are published: nothing is crawled.
  if (contract.gold) return { ...tables(typed), ...ruleset }
  const crawled = crawledTables(contract)
  const classifier = csvClassifier(contract, rawCrawlerName(prefix, dataset))
  const crawlers: Resources = {
    ...(classifier && { RawClassifier: classifier }),
    RawCrawlerRole: crawlerRole([names.raw], [{ bucket: 'RawBucketName', folder: `raw/${dataset}` }]),
    RawCrawler: crawler(
      contract,
      rawCrawlerName(prefix, dataset),
      'RawCrawlerRole',
      [names.raw],
      ['RawTable'],
      classifier ? [ref('RawClassifier')] : [],
    ),
    CuratedCrawlerRole: crawlerRole(
      crawled.map(({ name }) => name),
      crawled.map(({ folder }) => ({ bucket: 'LakeBucketName', folder })),
    ),
    CuratedCrawler: crawler(
      contract,
      curatedCrawlerName(prefix, dataset),
      'CuratedCrawlerRole',
      crawled.map(({ name }) => name),
      crawled.map(({ id }) => id),
    ),
  }
  return { ...tables(typed), ...crawlers, ...ruleset }
}

function rulesetOf({ dataset, quality }: Contract, prefix: string): Resources {
  if (quality === undefined) return {}
  return {
    Ruleset: {
      Type: 'AWS::Glue::DataQualityRuleset',
      DependsOn: ['StagedTable'],
      Properties: {
        Name: rulesetName(prefix, dataset),
        Description: `Gate of ${dataset}: judged on what is staged, before anything is published`,
        Ruleset: stagedRules(quality),
        TargetTable: { DatabaseName: ref('DatabaseName'), TableName: tableNames(dataset).staged },
      },
    },
  }
}

function grants(contract: Contract): Resources {
  if (contract.gold) return {}
  const { raw } = tableNames(contract.dataset)
  const curated = crawledTables(contract).map(({ name }) => name)
  return { ...crawlerGrants('RawCrawlerRole', [raw]), ...crawlerGrants('CuratedCrawlerRole', curated) }
}

/** What the curated crawler looks at; an Iceberg table has its partitions in its own metadata. */
function crawledTables({ dataset, curated: { format } }: Contract) {
  const { curated, quarantine } = tableNames(dataset)
  return [
    ...(format === 'parquet' ? [{ name: curated, folder: `curated/${dataset}`, id: 'CuratedTable' }] : []),
    { name: quarantine, folder: `quarantine/${dataset}`, id: 'QuarantineTable' },
  ]
}

/**
 * What the contract knows of its CSV files. The built-in classifier knows five delimiters, wants two columns, and guesses the header;
 * a folder that it cannot classify gets no partition. A delimiter of several characters cannot be set here.
 */
function csvClassifier({ source: { format, options } }: Contract, name: string): Resources[string] | undefined {
  const delimiter = (options.delimiter ?? ',').replace('\\t', '\t')
  if (format !== 'csv' || delimiter.length !== 1) return undefined
  return {
    Type: 'AWS::Glue::Classifier',
    Properties: {
      CsvClassifier: {
        Name: name,
        Delimiter: delimiter,
        ...(options.quote && options.quote !== delimiter && { QuoteSymbol: options.quote }),
        ContainsHeader: options.header ? 'PRESENT' : 'ABSENT',
        AllowSingleColumn: true,
        DisableValueTrimming: true,
      },
    },
  }
}

function crawler(
  contract: Contract,
  name: string,
  role: string,
  tableNames: string[],
  after: string[],
  classifiers: Value[] = [],
): Resources[string] {
  return {
    Type: 'AWS::Glue::Crawler',
    DependsOn: after,
    Properties: {
      Name: name,
      Role: arnOf(role),
      ...(classifiers.length > 0 && { Classifiers: classifiers }),
      Targets: { CatalogTargets: [{ DatabaseName: ref('DatabaseName'), Tables: tableNames }] },
      // Partitions are added whatever the policy; columns and types stay as the contract has them.
      SchemaChangePolicy: { UpdateBehavior: 'LOG', DeleteBehavior: 'LOG' },
      Configuration: JSON.stringify({
        Version: 1,
        CrawlerOutput: { Partitions: { AddOrUpdateBehavior: 'InheritFromTable' } },
        Grouping: { TableGroupingPolicy: 'CombineCompatibleSchemas' },
      }),
      Tags: { dataset: contract.dataset },
    },
  }
}

function crawlerRole(tableNames: string[], places: { bucket: string; folder: string }[]): Resources[string] {
  const bucket = places[0]?.bucket ?? 'LakeBucketName'
  const catalog = (path: Value) => sub(`arn:\${AWS::Partition}:glue:\${AWS::Region}:\${AWS::AccountId}:${path}`)
  const statements: Statement[] = [
    {
      Sid: 'ReadItsObjects',
      Action: 's3:GetObject',
      Resource: places.map(({ bucket, folder }) => sub(`arn:\${AWS::Partition}:s3:::\${${bucket}}/${folder}/*`)),
    },
    {
      Sid: 'ListItsFolders',
      Action: 's3:ListBucket',
      Resource: sub(`arn:\${AWS::Partition}:s3:::\${${bucket}}`),
      Condition: { StringLike: { 's3:prefix': places.flatMap(({ folder }) => [folder, `${folder}/*`]) } },
    },
    { Sid: 'FindTheBucket', Action: 's3:GetBucketLocation', Resource: sub(`arn:\${AWS::Partition}:s3:::\${${bucket}}`) },
    { Sid: 'Decrypt', Action: 'kms:Decrypt', Resource: ref('DataKeyArn') },
    {
      Sid: 'AddPartitions',
      Action: [
        'glue:GetDatabase',
        'glue:GetTable',
        'glue:GetTables',
        'glue:UpdateTable',
        'glue:GetPartition',
        'glue:GetPartitions',
        'glue:BatchGetPartition',
        'glue:CreatePartition',
        'glue:BatchCreatePartition',
        'glue:UpdatePartition',
        'glue:BatchUpdatePartition',
      ],
      Resource: [
        catalog('catalog'),
        catalog('database/${DatabaseName}'),
        ...tableNames.map((name) => catalog(`table/\${DatabaseName}/${name}`)),
      ],
    },
    {
      Sid: 'Log',
      Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: sub('arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws-glue/crawlers*'),
    },
  ]
  return roleFor('glue', statements)
}
