import { ACCOUNT_ID, REGION } from '../../aws/clients.ts'
import type { ResourcePolicy } from '../../iam/service-access.ts'
import type { Context, Made, ResourceType } from '../resource-type.ts'
import type { Value } from '../template.ts'

async function queuePolicy(properties: { Queues: string[]; PolicyDocument: ResourcePolicy }, { id, access }: Context): Promise<Made> {
  for (const url of properties.Queues)
    access.allow(`arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${url.split('/').at(-1)}`, properties.PolicyDocument)
  return { ref: id }
}

async function topicPolicy(properties: { Topics: string[]; PolicyDocument: ResourcePolicy }, { id, access }: Context): Promise<Made> {
  for (const topic of properties.Topics) access.allow(topic, properties.PolicyDocument)
  return { ref: id }
}

interface Permission {
  FunctionName: string
  Action: string
  Principal: string
  SourceArn?: string
}

async function permission({ FunctionName, Action, Principal, SourceArn }: Permission, { id, access }: Context): Promise<Made> {
  const Resource = FunctionName.startsWith('arn:') ? FunctionName : `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${FunctionName}`
  const condition = SourceArn === undefined ? {} : { Condition: { ArnLike: { 'aws:SourceArn': SourceArn } } }
  access.allow(Resource, { Statement: { Effect: 'Allow', Principal: { Service: Principal }, Action, Resource, ...condition } })
  return { ref: id }
}

/** Its document is a text, unlike the others'. */
async function logPolicy({ PolicyDocument }: { PolicyDocument: string }, { id, access }: Context): Promise<Made> {
  const { Statement } = JSON.parse(PolicyDocument) as ResourcePolicy
  for (const statement of [Statement].flat())
    for (const resource of [statement.Resource].flat()) access.allow(resource, { Statement: statement })
  return { ref: id }
}

interface RolesPolicy {
  PolicyName?: string
  ManagedPolicyName?: string
  PolicyDocument: Value
  Roles?: string[]
}

async function rolesPolicy({ PolicyName, ManagedPolicyName, PolicyDocument, Roles }: RolesPolicy, context: Context): Promise<Made> {
  const name = PolicyName ?? ManagedPolicyName ?? context.generatedName
  for (const role of Roles ?? []) context.host.addPolicy(role, { name, document: PolicyDocument })
  return { ref: PolicyName === undefined ? `arn:aws:iam::${ACCOUNT_ID}:policy/${name}` : context.id }
}

/** Policies of resources, and of roles beside their own: they change nothing in moto, and are judged when all is made. */
export const policyTypes = {
  'AWS::SQS::QueuePolicy': queuePolicy,
  'AWS::SNS::TopicPolicy': topicPolicy,
  'AWS::Lambda::Permission': permission,
  'AWS::Logs::ResourcePolicy': logPolicy,
  'AWS::IAM::Policy': rolesPolicy,
  'AWS::IAM::ManagedPolicy': rolesPolicy,
} as unknown as Record<string, ResourceType>
