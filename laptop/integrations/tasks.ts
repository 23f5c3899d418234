import { InvokeCommand } from '@aws-sdk/client-lambda'
import type { TaskCall } from 'asl-jsonata'
import type { UseName, Values } from '../../infra/permissions/service-asks.ts'
import type { Clients } from '../aws/clients.ts'
import { type AskAsService, askNobody } from '../iam/service-role.ts'
import { startJobRunSync } from './job-run-sync.ts'
import { hasSdkCall, IntegrationError, sdkCall } from './sdk-call.ts'

const SDK = /^arn:aws:states:::aws-sdk:([a-z0-9]+):([A-Za-z0-9]+)$/
const OPTIMIZED = /^arn:aws:states:::([a-z0-9]+):([A-Za-z0-9]+)(\.[A-Za-z0-9:]+)?$/

/** Integrations of their own that Step Functions has, as far as the laptop has them. S3 has none: its reads and writes are a Map's. */
const OPTIMIZED_CALLS = new Set([
  'lambda:invoke',
  'glue:startJobRun',
  'glue:startJobRun.sync',
  'sqs:sendMessage',
  'sns:publish',
  'events:putEvents',
  'dynamodb:getItem',
  'dynamodb:putItem',
  'dynamodb:updateItem',
  'dynamodb:deleteItem',
])

/** Why a state machine's Task cannot call the resource on the laptop, or undefined when it can. */
export function refusedResource(resource: string): string | undefined {
  if (/^arn:[^:]*:states:[^:]*:[^:]*:activity:/.test(resource)) return 'the laptop runs no activities'
  if (/^arn:[^:]*:lambda:/.test(resource)) return 'name the function in the Arguments of arn:aws:states:::lambda:invoke instead'
  const [, sdkService, sdkAction] = SDK.exec(resource) ?? []
  if (sdkService && sdkAction) return hasSdkCall(sdkService, sdkAction) ? undefined : `the laptop has no call ${sdkService}:${sdkAction}`
  const [, service, action, pattern = ''] = OPTIMIZED.exec(resource) ?? []
  if (service && action && OPTIMIZED_CALLS.has(`${service}:${action}${pattern}`)) return undefined
  return `the laptop has no such integration; it has ${[...OPTIMIZED_CALLS].join(', ')}, states:startExecution and aws-sdk calls`
}

/** What the state machines' Tasks call, each under its machine's role. Calls to Step Functions itself the interpreter answers. */
export function createTasks(clientsOf: (roleArn: string) => Clients, askAsService: AskAsService = askNobody) {
  return async (call: TaskCall): Promise<unknown> => {
    const execution = call.context.Execution as { RoleArn?: string } | undefined
    const roleArn = execution?.RoleArn ?? ''
    const clients = clientsOf(roleArn)
    const args = call.arguments as Record<string, unknown>
    const { signal } = call
    const [, sdkService, sdkAction] = SDK.exec(call.resource) ?? []
    if (sdkService && sdkAction) return sdkCall(clients, { service: sdkService, action: sdkAction, arguments: args, signal })
    const [, service = '', action = '', pattern = ''] = OPTIMIZED.exec(call.resource) ?? []
    switch (`${service}:${action}${pattern}`) {
      case 'lambda:invoke':
        return invokeFunction(clients, args, signal)
      case 'glue:startJobRun.sync':
        askInMachineRole(askAsService, roleArn, 'follow-job-run', { job: String(args.JobName) })
        return startJobRunSync(clients, { arguments: args, signal })
      case 'sqs:sendMessage':
        return sdkCall(clients, { service, action, arguments: { ...args, MessageBody: asText(args.MessageBody) }, signal, optimized: true })
      case 'sns:publish':
        return sdkCall(clients, { service, action, arguments: { ...args, Message: asText(args.Message) }, signal, optimized: true })
    }
    if (service !== '' && pattern === '') return sdkCall(clients, { service, action, arguments: args, signal, optimized: true })
    throw new IntegrationError('States.Runtime', `The laptop has no integration for ${call.resource}`)
  }
}

/** What a Task's integration asks beside the calls that it makes. A refusal is an error of the service, as the Task's own call has it. */
function askInMachineRole(askAsService: AskAsService, roleArn: string, use: UseName, values: Values): void {
  try {
    askAsService(roleArn, use, values)
  } catch (error) {
    throw error instanceof Error ? new IntegrationError(`Glue.${error.name}`, error.message) : error
  }
}

async function invokeFunction(clients: Clients, args: Record<string, unknown>, signal: AbortSignal): Promise<unknown> {
  let answer: Awaited<ReturnType<typeof send>>
  const send = () =>
    clients.lambda.send(
      new InvokeCommand({ FunctionName: String(args.FunctionName), Payload: new TextEncoder().encode(JSON.stringify(args.Payload ?? {})) }),
      { abortSignal: signal },
    )
  try {
    answer = await send()
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error
    throw new IntegrationError(`Lambda.${error.name}`, error.message)
  }
  const text = new TextDecoder().decode(answer.Payload)
  if (answer.FunctionError) {
    const { errorType = 'Unknown' } = JSON.parse(text) as { errorType?: string }
    throw new IntegrationError(errorType, text)
  }
  return {
    ExecutedVersion: answer.ExecutedVersion ?? '$LATEST',
    Payload: JSON.parse(text === '' ? 'null' : text),
    StatusCode: answer.StatusCode,
  }
}

/** Where the API takes a text, a Task may give JSON. */
const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
