import { type Artifact, artifactPrefix, contractArtifacts, scriptArtifacts, stackArtifact } from './artifacts.ts'
import { ContractsRefused, type TypedContract } from './contracts.ts'
import { glueConnections } from './dataset/database-extract.ts'
import { databaseName, datasetStack } from './dataset/stack.ts'
import { underRules } from './estate/estate.ts'
import { existingResources } from './estate/existing.ts'
import { lakeFormation } from './estate/lake-formation.ts'
import { jobConnections, network } from './estate/network.ts'
import { ParametersRefused, readParameters } from './estate/parameters.ts'
import { functionFile, functionParts } from './functions.ts'
import { stageProblem } from './template/names.ts'
import { type Resources, ref, type Value } from './template/template.ts'

export interface Settings {
  root: string
  stage: string
  contracts: TypedContract[]
  /** custom.parameters of serverless.yml. */
  parameters: unknown
}

/** The values of `${sluice:<name>}` in serverless.yml, and the files that the template names by content hash. */
export interface Made {
  parts: Record<string, Value>
  artifacts: Artifact[]
}

export function makeParts({ root, stage, contracts, parameters: given }: Settings): Made {
  const problem = stageProblem(stage)
  if (problem) throw new ParametersRefused(problem)
  const parameters = readParameters(given)
  const scripts = scriptArtifacts(root)
  const compiled = contractArtifacts(contracts.map(({ contract }) => contract))
  const database = parameters.database || databaseName(stage)
  const lander = functionFile(root, 'land-stream')
  const address = (artifact: Artifact) => ({
    'Fn::Sub': `s3://\${ServerlessDeploymentBucket}/${artifactPrefix(stage)}${artifact.key}`,
  })
  const extractScript = { entry: address(scripts.extract), modules: address(scripts.modules) }
  const stacks = contracts.map((typed) => {
    const stack = datasetStack(typed, { stage, lakeFormation: parameters.lakeFormation === 'on', database, lander, extractScript })
    return { ...stack, artifact: stackArtifact(typed.contract.dataset, underRules(stack.template, parameters)) }
  })
  refuseTooLong(stacks.map(({ artifact }) => artifact))
  const functions = functionParts(root)
  return {
    parts: {
      functions: functions.functions,
      functionResources: functions.resources,
      functionProperties: functions.properties,
      datasetResources: Object.fromEntries(stacks.map((stack) => [stack.logicalId, stack.nested(stack.artifact.key)])),
      // A dataset publishes one batch at a time, and a run's slot frees only a little after its final state shows.
      concurrentRuns: Math.max(2, contracts.length * 2),
      contractsUri: address(compiled.index),
      curateScript: address(scripts.entry),
      curateModules: address(scripts.modules),
      databaseName: database,
      icebergTables: contracts.flatMap(({ contract: { dataset, curated, delete_when } }) =>
        curated.format === 'iceberg' ? { dataset, removesKeys: delete_when !== undefined } : [],
      ),
      existing: existingResources(parameters) as unknown as Value,
      permissionsBoundary: parameters.permissionsBoundary,
      logRetentionDays: parameters.logRetentionDays,
      digestSchedule: dailySchedule(parameters.digest),
      stackTags: { 'sluice-stage': stage, ...parameters.tags },
      jobConnections: jobConnections(parameters),
      optionalResources: {
        ...subscriptions('AlertTopic', parameters.alertEmails),
        ...subscriptions('DigestTopic', parameters.digestEmails),
        ...network(parameters),
        ...glueConnections(
          contracts.flatMap(({ connection }) => connection ?? []),
          stage,
        ),
        ...(parameters.lakeFormation === 'on' ? lakeFormation(functions.resources) : {}),
      },
    },
    artifacts: [
      compiled.index,
      ...compiled.each,
      scripts.entry,
      scripts.extract,
      scripts.modules,
      ...stacks.map((stack) => stack.artifact),
    ],
  }
}

function subscriptions(topic: 'AlertTopic' | 'DigestTopic', addresses: string[]): Resources {
  return Object.fromEntries(
    addresses.map((address, index) => [
      `${topic.replace(/Topic$/, 'Email')}${index + 1}`,
      { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: ref(topic), Protocol: 'email', Endpoint: address } },
    ]),
  )
}

/** The framework's schedule of each day at that time, UTC. With `off` the rule is there and disabled: the gates judge what a parameter turns on. */
function dailySchedule(time: string): Value {
  const [hours = '', minutes = ''] = (time === 'off' ? '06:00' : time).split(':')
  return { rate: [`cron(${Number(minutes)} ${Number(hours)} * * ? *)`], enabled: time !== 'off' }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html: a template in S3. */
const TEMPLATE_BYTES = 1_000_000

function refuseTooLong(stacks: Artifact[]): void {
  const lines = stacks
    .filter(({ body }) => body.byteLength > TEMPLATE_BYTES)
    .map(({ key, body }) => {
      const dataset = key.replace(/^stacks\/(.*)-[^-]*$/, '$1')
      return `  ${dataset}: its template has ${Math.ceil(body.byteLength / 1000)} KB and CloudFormation takes ${TEMPLATE_BYTES / 1000}. Each column is in four tables: have fewer of them, or shorter names`
    })
  if (lines.length > 0) throw new ContractsRefused(`the contracts cannot be packaged:\n${lines.join('\n')}`)
}
