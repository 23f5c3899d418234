import { extractJobName } from '../../functions/domain/names.ts'
import type { Resources, Value } from '../packaging/template/template.ts'
import { jobUse } from './job-use.ts'
import { mappingUses } from './mapping-uses.ts'
import { keyAsksOf, principalOf, type ServiceAsk, serviceAsks, type UseName, type Values } from './service-asks.ts'

/** Something that a service of AWS does because a resource of the template has it done. */
export interface ServiceUse {
  use: UseName
  /** Logical id of the resource that has it done. */
  by: string
  /** Logical id of the role in which the service acts; undefined when it acts as itself. */
  role?: string
  /** The service that acts as itself, such as `events.amazonaws.com`. */
  principal?: string
  asks: ServiceAsk[]
}

type Properties = Record<string, any>

/**
 * Everything that services do for a template, with what they ask.
 * @param resources nested stacks unfolded, as readPackage() gives them
 * @param resolve the value that CloudFormation fills in: names and ARNs
 * @param place `partition`, `region`, `account`
 */
export function serviceUses(resources: Resources, resolve: (value: Value) => string, place: Values): ServiceUse[] {
  const of = (type: string) =>
    Object.entries(resources)
      .filter(([, { Type }]) => Type === type)
      .map(([id, { Properties }]) => [id, Properties as Properties] as const)
  const roleId = (value: Properties) => String(value?.['Fn::GetAtt']?.[0])
  const keyOf = (bucketOrTopic: string) => encryptionKey(resources, bucketOrTopic, resolve)
  const use = (name: UseName, by: string, values: Values, role?: string): ServiceUse => {
    const all = { ...place, ...values }
    const asks = serviceAsks(name, all)
    const ofKeys = asks.flatMap((ask) => {
      const key = keyOf(ask.action.startsWith('s3:') ? (ask.resource.split('/')[0] as string) : ask.resource)
      return key === undefined ? [] : keyAsksOf(ask, key)
    })
    const principal = principalOf(name, all)
    // The key's own policy has a use of its own (`alarm-key`).
    return principal === undefined
      ? { use: name, by, ...(role && { role }), asks: [...asks, ...ofKeys] }
      : { use: name, by, principal, asks }
  }
  const tables = new Map(
    of('AWS::Glue::Table').map(([, { DatabaseName, TableInput }]) => [
      String(TableInput.Name),
      placeOf(TableInput.StorageDescriptor.Location, resolve, DatabaseName),
    ]),
  )
  const table = (name: string): Values => ({ table: name, ...(tables.get(name) as Values) })

  const machines = of('AWS::StepFunctions::StateMachine').flatMap(([id, machine]) => {
    const role = roleId(machine.RoleArn)
    const text = JSON.stringify(machine.Definition)
    const given = (name: string) => resolve(machine.DefinitionSubstitutions[name])
    const asks = (resource: string) => text.includes(`"arn:aws:states:::${resource}"`)
    const children = Object.keys(machine.DefinitionSubstitutions).filter((name) => name.endsWith('StateMachineArn'))
    return [
      use('machine-logs', id, {}, role),
      ...(asks('glue:startJobRun.sync') ? [use('follow-job-run', id, { job: jobOf(machine) }, role)] : []),
      ...(asks('states:startExecution.sync:2')
        ? children.map((name) => use('follow-execution', id, { child: given(name).split(':').at(-1) as string }, role))
        : []),
      ...(text.includes('"DISTRIBUTED"')
        ? [
            use(
              'distributed-map',
              id,
              {
                machine: resolve(machine.StateMachineName),
                label: String(/"Label":"(\w+)"/.exec(text)?.[1]),
                bucket: given('LakeBucketName'),
                folder: 'backfills/dataset/id/execution/',
              },
              role,
            ),
          ]
        : []),
      ...(asks('aws-sdk:glue:startDataQualityRulesetEvaluationRun')
        ? qualityRuns(id, role, machine.DefinitionSubstitutions.QualityRoleArn)
        : []),
    ]
  })

  /** The job that fills a placeholder; without one, a function names one of those of extracts. */
  function jobOf({ DefinitionSubstitutions: filled, StateMachineName }: Properties): string {
    if (filled.CurateJobName) return resolve(filled.CurateJobName)
    return extractJobName(resolve(StateMachineName).replace(/-extract$/, ''), 'dataset')
  }

  function qualityRuns(machine: string, caller: string, passed: Properties): ServiceUse[] {
    return of('AWS::Glue::DataQualityRuleset').flatMap(([id, { Name, TargetTable }]) => {
      const values = { ruleset: resolve(Name), ...table(String(TargetTable.TableName)), role: resolve(passed as Value) }
      return [use('start-quality-run', machine, values, caller), use('quality-run', id, values, roleId(passed))]
    })
  }

  const connections = new Map(
    of('AWS::Glue::Connection').map(([id, { ConnectionInput }]) => [resolve(ConnectionInput.Name ?? { Ref: id }), ConnectionInput]),
  )
  /** What Glue asks beside, of a job or crawler whose connection has a subnet. */
  const inNetwork = (id: string, connection: string, role: string): ServiceUse[] => {
    const { SubnetId, SecurityGroupIdList = [] } = connections.get(connection)?.PhysicalConnectionRequirements ?? {}
    if (SubnetId === undefined) return []
    return (SecurityGroupIdList as string[]).map((securityGroup) =>
      use('network-run', id, { connection, subnet: SubnetId, securityGroup }, role),
    )
  }

  const readers = of('AWS::Lambda::Function').filter(([id]) => id === 'JudgeQualityLambdaFunction')
  return [
    ...machines,
    ...readers.map(([id, { Role }]) => use('read-quality-result', id, {}, roleId(Role))),
    ...of('AWS::Glue::Crawler').flatMap(([id, { Role, Targets }]) =>
      ((Targets.CatalogTargets ?? []) as Properties[]).flatMap(({ Tables }) =>
        (Tables as string[]).map((name) => use('crawl', id, table(name), roleId(Role))),
      ),
    ),
    ...of('AWS::Glue::Crawler').flatMap(([id, { Role, Targets, DatabaseName, TablePrefix }]) =>
      ((Targets.JdbcTargets ?? []) as Properties[]).flatMap(({ ConnectionName }) => {
        const connection = String(ConnectionName)
        const values = { connection, database: resolve(DatabaseName), table: `${TablePrefix}name` }
        return [use('crawl-database', id, values, roleId(Role)), ...inNetwork(id, connection, roleId(Role))]
      }),
    ),
    ...of('AWS::Glue::Job').flatMap(([id, { Role, Command, DefaultArguments, Connections }]) => {
      const defaults = Object.fromEntries(
        Object.entries(DefaultArguments as Record<string, Value>).map(([name, value]) => [name, resolve(value)]),
      )
      const { use: name, values } = jobUse({ scriptLocation: resolve(Command.ScriptLocation), defaults }, place)
      const names = ((Connections?.Connections ?? []) as Value[]).map(resolve)
      return [use(name, id, values, roleId(Role)), ...names.flatMap((connection) => inNetwork(id, connection, roleId(Role)))]
    }),
    ...of('AWS::Scheduler::Schedule').map(([id, { Target }]) =>
      use('schedule-start', id, { machine: resolve(Target.Arn) }, roleId(Target.RoleArn)),
    ),
    ...of('AWS::Lambda::EventSourceMapping').flatMap(([id, mapping]) => {
      const role = roleId((resources[roleId(mapping.FunctionName)]?.Properties as Properties).Role)
      return mappingUses(mapping, resolve).map(({ name, values }) => use(name, id, values, role))
    }),
    ...of('AWS::Lambda::Function').map(([id, { Role, FunctionName }]) =>
      use('function-run', id, { logGroup: `/aws/lambda/${resolve(FunctionName)}` }, roleId(Role)),
    ),
    ...of('AWS::CloudWatch::Alarm').flatMap(([id, { AlarmName, AlarmActions = [] }]) =>
      (AlarmActions as Value[]).flatMap((action) => {
        const topic = resolve(action)
        const key = keyOf(topic)
        const alarm = `arn:${place.partition}:cloudwatch:${place.region}:${place.account}:alarm:${resolve(AlarmName)}`
        return [use('alarm', id, { topic, alarm }), ...(key ? [use('alarm-key', id, { key })] : [])]
      }),
    ),
    ...of('AWS::Events::Rule').flatMap(([id, { Targets = [] }]) =>
      (Targets as { Arn: Value }[]).map(({ Arn }) => {
        const target = resolve(Arn)
        return use(DELIVERIES[target.split(':')[2] as string] as UseName, id, { target, rule: resolve({ 'Fn::GetAtt': [id, 'Arn'] }) })
      }),
    ),
  ]
}

/** Service in the ARN of a rule's target → how an event gets there. */
export const DELIVERIES: Record<string, UseName> = {
  sqs: 'rule-to-queue',
  sns: 'rule-to-topic',
  lambda: 'rule-to-function',
  logs: 'rule-to-log-group',
}

function placeOf(location: Value, resolve: (value: Value) => string, database: Value): Values {
  const [, bucket = '', folder = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(resolve(location)) ?? []
  return { database: resolve(database), bucket, folder }
}

/** ARN of the key that a bucket or topic of the template is encrypted with. */
function encryptionKey(resources: Resources, arn: string, resolve: (value: Value) => string): string | undefined {
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    const properties = Properties as Properties
    if (Type === 'AWS::S3::Bucket' && properties.BucketEncryption && resolve({ 'Fn::GetAtt': [id, 'Arn'] }) === arn) {
      const key = properties.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID
      return key && resolve(key)
    }
    if (Type === 'AWS::SNS::Topic' && properties.KmsMasterKeyId && resolve({ Ref: id }) === arn)
      return resolve({ 'Fn::GetAtt': [properties.KmsMasterKeyId.Ref, 'Arn'] })
  }
  return undefined
}
