import type { Resources, Value } from './template.ts'

/** The account and region that a template is filled in for. */
export interface Place {
  partition: string
  region: string
  account: string
  stack: string
}
export const EXAMPLE_PLACE: Place = { partition: 'aws', region: 'us-east-1', account: '123456789012', stack: 'sluice-dev' }

const pseudo = ({ partition, region, account, stack }: Place): Record<string, string> => ({
  'AWS::AccountId': account,
  'AWS::Region': region,
  'AWS::Partition': partition,
  'AWS::URLSuffix': partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
  'AWS::StackName': stack,
})
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
const ARN: Record<string, (name: string, at: Place) => string> = {
  'AWS::S3::Bucket': (name, { partition }) => `arn:${partition}:s3:::${name}`,
  'AWS::SQS::Queue': (name, at) => arn('sqs', name, at),
  'AWS::SNS::Topic': (name, at) => arn('sns', name, at),
  'AWS::DynamoDB::Table': (name, at) => arn('dynamodb', `table/${name}`, at),
  'AWS::Lambda::Function': (name, at) => arn('lambda', `function:${name}`, at),
  'AWS::Glue::Job': (name, at) => arn('glue', `job/${name}`, at),
  'AWS::Glue::Crawler': (name, at) => arn('glue', `crawler/${name}`, at),
  'AWS::Glue::DataQualityRuleset': (name, at) => arn('glue', `dataQualityRuleset/${name}`, at),
  'AWS::Events::Rule': (name, at) => arn('events', `rule/${name}`, at),
  'AWS::StepFunctions::StateMachine': (name, at) => arn('states', `stateMachine:${name}`, at),
  'AWS::Logs::LogGroup': (name, at) => arn('logs', `log-group:${name}:*`, at),
  'AWS::KMS::Key': (name, at) => arn('kms', `key/${name}`, at),
  'AWS::IAM::Role': (name, { partition, account }) => `arn:${partition}:iam::${account}:role/${name}`,
}
const arn = (service: string, resource: string, { partition, region, account }: Place) =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`

export interface Where {
  place?: Place
  /** Logical id → the id that CloudFormation gave, for resources that the template does not name: roles, keys. */
  physicalIds?: ReadonlyMap<string, string>
}

/**
 * The value as CloudFormation fills it in.
 * @throws Error for a reference to a resource that the template does not have
 */
export function resolved(value: Value | undefined, resources: Resources, where: Where = {}): Value | undefined {
  if (Array.isArray(value)) return value.map((part) => resolved(part, resources, where)) as Value[]
  if (value === null || typeof value !== 'object') return value
  if (typeof value.Ref === 'string') return reference(value.Ref, resources, where)
  const attribute = value['Fn::GetAtt']
  if (Array.isArray(attribute)) return reference(attribute.join('.'), resources, where)
  const template = value['Fn::Sub']
  if (template !== undefined) {
    const [text, variables = {}] = (Array.isArray(template) ? template : [template]) as [string, Record<string, Value>?]
    return text.replace(/\$\{([\w:.]+)\}/g, (_, name: string) =>
      String(name in variables ? resolved(variables[name], resources, where) : reference(name, resources, where)),
    )
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolved(part, resources, where)]))
}

function reference(path: string, resources: Resources, where: Where): string {
  const { place = EXAMPLE_PLACE, physicalIds } = where
  const constant = pseudo(place)[path]
  if (constant !== undefined) return constant
  const [id, attribute] = path.split('.') as [string, string?]
  const resource = resources[id]
  if (!resource) throw new Error(`${path} names no resource of the template`)
  const given = (resource.Properties as Record<string, Value> | undefined)?.[NAMED_BY[resource.Type] ?? '']
  const name = given === undefined ? (physicalIds?.get(id) ?? id) : String(resolved(given, resources, where))
  if (attribute === 'Arn' || (attribute === undefined && /SNS|StepFunctions/.test(resource.Type))) {
    const make = ARN[resource.Type]
    if (!make) throw new Error(`the ARN of a ${resource.Type} is not known here`)
    return make(name, place)
  }
  if (resource.Type === 'AWS::Glue::Database')
    return String(resolved((resource.Properties as { DatabaseInput: { Name: Value } }).DatabaseInput.Name, resources, where))
  return name
}
