import * as cloudwatch from '@aws-sdk/client-cloudwatch'
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as events from '@aws-sdk/client-eventbridge'
import * as glue from '@aws-sdk/client-glue'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import * as sfn from '@aws-sdk/client-sfn'
import * as sns from '@aws-sdk/client-sns'
import * as sqs from '@aws-sdk/client-sqs'
import type { Clients } from '../aws/clients.ts'

/** Service in a resource ARN → its client, its commands, and the name that its errors start with. */
const SERVICES = {
  glue: { client: 'glue', commands: glue, sdkErrors: 'Glue', errors: 'Glue' },
  s3: { client: 's3', commands: s3, sdkErrors: 'S3', errors: 'S3' },
  sqs: { client: 'sqs', commands: sqs, sdkErrors: 'Sqs', errors: 'SQS' },
  sns: { client: 'sns', commands: sns, sdkErrors: 'Sns', errors: 'SNS' },
  dynamodb: { client: 'dynamodb', commands: dynamodb, sdkErrors: 'DynamoDb', errors: 'DynamoDB' },
  sfn: { client: 'sfn', commands: sfn, sdkErrors: 'Sfn', errors: 'StepFunctions' },
  states: { client: 'sfn', commands: sfn, sdkErrors: 'Sfn', errors: 'StepFunctions' },
  lambda: { client: 'lambda', commands: lambda, sdkErrors: 'Lambda', errors: 'Lambda' },
  events: { client: 'events', commands: events, sdkErrors: 'EventBridge', errors: 'EventBridge' },
  eventbridge: { client: 'events', commands: events, sdkErrors: 'EventBridge', errors: 'EventBridge' },
  cloudwatch: { client: 'cloudwatch', commands: cloudwatch, sdkErrors: 'CloudWatch', errors: 'CloudWatch' },
} as const satisfies Record<string, { client: keyof Clients; commands: object; sdkErrors: string; errors: string }>

/** A failure as a state machine sees it: `name` is the Error, `message` the Cause. */
export class IntegrationError extends Error {
  constructor(error: string, cause: string) {
    super(cause)
    this.name = error
  }
}

/** One SDK call for a Task: arguments as the ASL has them, the answer as the next state gets it. */
export async function sdkCall(
  clients: Clients,
  call: { service: string; action: string; arguments: Record<string, unknown>; signal: AbortSignal; optimized?: boolean },
): Promise<unknown> {
  const { service, Command } = commandOf(call.service, call.action)
  if (!service || !Command) throw new IntegrationError('States.Runtime', `The laptop has no integration for ${call.service}:${call.action}`)
  const input = service.client === 'sfn' ? lowerFirst(call.arguments) : call.arguments
  try {
    const client = clients[service.client] as { send(command: never, options: { abortSignal: AbortSignal }): Promise<object> }
    const { $metadata: _, ...answer } = (await client.send(new Command(input), { abortSignal: call.signal })) as Record<string, unknown>
    return await asJson(service.client === 'sfn' ? upperFirst(answer) : answer)
  } catch (error) {
    if (call.signal.aborted || !(error instanceof Error)) throw error
    const prefix = call.optimized ? service.errors : service.sdkErrors
    throw new IntegrationError(`${prefix}.${error.name}`, error.message)
  }
}

/** Whether the laptop has this call of an SDK. */
export const hasSdkCall = (service: string, action: string) => commandOf(service, action).Command !== undefined

function commandOf(name: string, action: string) {
  const service = Object.hasOwn(SERVICES, name) ? SERVICES[name as keyof typeof SERVICES] : undefined
  const commands = service?.commands as Record<string, (new (input: unknown) => never) | undefined> | undefined
  return { service, Command: commands?.[`${action.charAt(0).toUpperCase()}${action.slice(1)}Command`] }
}

async function asJson(answer: Record<string, unknown>): Promise<unknown> {
  const body = answer.Body as { transformToString?: () => Promise<string> } | undefined
  const Body = body?.transformToString ? await body.transformToString() : answer.Body
  // JSON turns dates into ISO text and drops what is undefined.
  return JSON.parse(JSON.stringify(answer.Body === undefined ? answer : { ...answer, Body }))
}

const lowerFirst = (value: Record<string, unknown>) => mapKeys(value, (key) => key.charAt(0).toLowerCase() + key.slice(1))
const upperFirst = (value: Record<string, unknown>) => mapKeys(value, (key) => key.charAt(0).toUpperCase() + key.slice(1))
const mapKeys = (value: Record<string, unknown>, rename: (key: string) => string) =>
  Object.fromEntries(Object.entries(value).map(([key, part]) => [rename(key), part]))
