import { parseConnection } from '../../../functions/domain/contract/connections/file.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { unfold } from '../../../infra/packaged.ts'
import { columnTypes } from '../../../infra/packaging/catalog-types.ts'
import { datasetStack } from '../../../infra/packaging/dataset/stack.ts'
import { finished } from '../../../infra/packaging/estate/estate.ts'
import { functionFile } from '../../../infra/packaging/functions.ts'
import { resolved } from '../../../infra/packaging/template/resolved.ts'
import { type Resources, roleFor } from '../../../infra/packaging/template/template.ts'
import { root } from '../../../setup/places.mjs'

const lander = functionFile(root, 'land-stream')

/** The stack of a dataset with that source. @param connection text of connections/events.yml */
export function stackOf(source: string, { dataset = 'clicks', connection: text = '' } = {}) {
  const contractText = `dataset: ${dataset}\nowner: a@example.com\nsource: ${source}\ncolumns: { id: string }\nprimary_key: [id]\n`
  const parsed = parseContract(contractText, `${dataset}.yml`, dataset)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const { connection, problems } = text === '' ? { problems: [] } : parseConnection(text, 'connections/events.yml')
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  const { contract } = parsed
  const typed = { contract, types: columnTypes(contract, {}), ...(connection && { connection }) }
  return datasetStack(typed, { stage: 'dev', lakeFormation: false, lander })
}

const propertiesOf = (resources: Resources, id: string) => resources[id]?.Properties as any

/** The dataset's stack within a main one, as CloudFormation makes them; `value` has a resource's properties. */
export function deployed(source: string, connection = '') {
  const { logicalId, template, nested } = stackOf(source, { connection })
  const main = {
    Resources: {
      [logicalId]: nested('stacks/clicks-1.json'),
      LandStreamLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: { Code: { S3Key: 'sluice/dev/land-stream.zip' } } },
      LandStreamLogGroup: { Type: 'AWS::Logs::LogGroup', Properties: {} },
      SweepRole: roleFor('lambda', []),
      SweepLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: { Role: { 'Fn::GetAtt': ['SweepRole', 'Arn'] } } },
    } as Resources,
  }
  const { Resources: left } = finished(main, {
    permissionsBoundary: '',
    logRetentionDays: 90,
    existing: [],
    functionProperties: {},
    icebergTables: [],
  })
  const others = Object.keys(left).filter((id) => id !== logicalId && !id.startsWith('Sweep'))
  if (others.length > 0) throw new Error(`more than the dataset's stack is left: ${others}`)
  const named: Resources = {
    RawBucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'raw-bucket' } },
    LakeBucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'lake-bucket' } },
    ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'code-bucket' } },
    DataKey: { Type: 'AWS::KMS::Key', Properties: {} },
    AlertTopic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alerts' } },
    StreamsDeadLetterQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'sluice-dev-streams-dlq' } },
    GlueDatabase: { Type: 'AWS::Glue::Database', Properties: {} },
  }
  const resources = { ...named, ...unfold('', template.Resources, propertiesOf(left, logicalId).Parameters, []) } as Resources
  return { main: left, resources, value: (id: string) => resolved(resources[id]?.Properties, resources) as any }
}
