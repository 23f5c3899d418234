import type { Resources, Value } from '../../infra/packaging/template.ts'

const PSEUDO: Record<string, string> = {
  'AWS::AccountId': '123456789012',
  'AWS::Region': 'us-east-1',
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'sluice-dev',
}
const NAMED_BY: Record<string, string> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Glue::Job': 'Name',
  'AWS::Glue::Crawler': 'Name',
  'AWS::Glue::DataQualityRuleset': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::Logs::LogGroup': 'LogGroupName',
}
const ARN: Record<string, (name: string) => string> = {
  'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name}`,
  'AWS::SQS::Queue': (name) => `arn:aws:sqs:us-east-1:123456789012:${name}`,
  'AWS::SNS::Topic': (name) => `arn:aws:sns:us-east-1:123456789012:${name}`,
  'AWS::DynamoDB::Table': (name) => `arn:aws:dynamodb:us-east-1:123456789012:table/${name}`,
  'AWS::Lambda::Function': (name) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
  'AWS::Glue::Job': (name) => `arn:aws:glue:us-east-1:123456789012:job/${name}`,
  'AWS::Glue::Crawler': (name) => `arn:aws:glue:us-east-1:123456789012:crawler/${name}`,
  'AWS::Glue::DataQualityRuleset': (name) => `arn:aws:glue:us-east-1:123456789012:dataQualityRuleset/${name}`,
  'AWS::Events::Rule': (name) => `arn:aws:events:us-east-1:123456789012:rule/${name}`,
  'AWS::StepFunctions::StateMachine': (name) => `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`,
  'AWS::Logs::LogGroup': (name) => `arn:aws:logs:us-east-1:123456789012:log-group:${name}:*`,
  'AWS::KMS::Key': (name) => `arn:aws:kms:us-east-1:123456789012:key/${name}`,
  'AWS::IAM::Role': (name) => `arn:aws:iam::123456789012:role/${name}`,
}

/** The value as CloudFormation would fill it in, in one account and region; throws for what does not exist. */
export function resolved(value: Value | undefined, resources: Resources): Value | undefined {
  if (Array.isArray(value)) return value.map((part) => resolved(part, resources)) as Value[]
  if (value === null || typeof value !== 'object') return value
  if (typeof value.Ref === 'string') return reference(value.Ref, resources)
  const attribute = value['Fn::GetAtt']
  if (Array.isArray(attribute)) return reference(attribute.join('.'), resources)
  const template = value['Fn::Sub']
  if (template !== undefined) {
    const [text, variables = {}] = (Array.isArray(template) ? template : [template]) as [string, Record<string, Value>?]
    return text.replace(/\$\{([\w:.]+)\}/g, (_, name: string) =>
      String(name in variables ? resolved(variables[name], resources) : reference(name, resources)),
    )
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolved(part, resources)]))
}

function reference(path: string, resources: Resources): string {
  if (PSEUDO[path]) return PSEUDO[path]
  const [id, attribute] = path.split('.') as [string, string?]
  const resource = resources[id]
  if (!resource) throw new Error(`${path} names no resource of the template`)
  const given = (resource.Properties as Record<string, Value> | undefined)?.[NAMED_BY[resource.Type] ?? '']
  const name = given === undefined ? id : String(resolved(given, resources))
  if (attribute === 'Arn' || (attribute === undefined && /SNS|StepFunctions/.test(resource.Type))) {
    const make = ARN[resource.Type]
    if (!make) throw new Error(`the ARN of a ${resource.Type} is not known here`)
    return make(name)
  }
  if (resource.Type === 'AWS::Glue::Database')
    return String(resolved((resource.Properties as { DatabaseInput: { Name: Value } }).DatabaseInput.Name, resources))
  return name
}
