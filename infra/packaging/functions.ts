import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { cloudFormationTags } from './template/cloudformation-yaml.ts'
import { arnOf, pascal, type Resources, roleFor, type Statement, type Value } from './template/template.ts'

/** infra/functions/<name>.yml: what the function is given and may do; the code is functions/handlers/<name>.ts. */
export interface FunctionFile {
  description: string
  timeoutSeconds: number
  memoryMegabytes?: number
  environment: string[]
  queue?: { id: string; batchSize: number; windowSeconds?: number; concurrency?: number }
  schedule?: string
  /** The parameter that has the time of the day at which it runs; its part `<parameter>Schedule` is the framework's schedule. */
  daily?: string
  /** `stream`: not one function, but one in the stack of each dataset with a stream (streams/lander.ts). */
  each?: 'stream'
  /** What Lambda does with messages that the function sends itself; the file explains why it is `Allow`. */
  recursiveLoop?: 'Allow' | 'Terminate'
  policy?: { Sid: string; Action: string | string[]; Resource: Value; Condition?: Value }[]
}

export const functionFile = (root: string, name: string) => readYaml<FunctionFile>(join(root, 'infra', 'functions', `${name}.yml`))

/**
 * The framework's `functions`, each function's role, and properties that the framework has no word for, by logical id. Order is that of
 * the files, so packaging is deterministic.
 */
export function functionParts(root: string): {
  functions: Record<string, Value>
  resources: Resources
  properties: Record<string, Record<string, Value>>
} {
  const environment = readYaml<Record<string, Value>>(join(root, 'infra', 'environment.yml'))
  const functions: Record<string, Value> = {}
  const resources: Resources = {}
  const properties: Record<string, Record<string, Value>> = {}
  const folder = join(root, 'infra', 'functions')
  for (const file of readdirSync(folder).sort()) {
    const name = basename(file, '.yml')
    if (!existsSync(join(root, 'functions', 'handlers', `${name}.ts`))) continue
    const definition = readYaml<FunctionFile>(join(folder, file))
    const id = pascal(name)
    functions[id.charAt(0).toLowerCase() + id.slice(1)] = {
      name: `\${self:custom.prefix}-${name}`,
      description: definition.description,
      handler: `functions/handlers/${name}.handler`,
      role: arnOf(`${id}Role`),
      timeout: definition.timeoutSeconds,
      memorySize: definition.memoryMegabytes ?? 512,
      environment: definition.each ? {} : Object.fromEntries(definition.environment.map((key) => [key, value(environment, key, file)])),
      events: events(definition),
    }
    if (definition.each) continue
    resources[`${id}Role`] = roleFor('lambda', [...everyFunction(id), ...ofQueue(definition), ...(definition.policy ?? [])])
    if (definition.recursiveLoop) properties[`${id}LambdaFunction`] = { RecursiveLoop: definition.recursiveLoop }
  }
  return { functions, resources, properties }
}

function value(environment: Record<string, Value>, key: string, file: string): Value {
  const found = environment[key]
  if (found === undefined) throw new Error(`infra/functions/${file} asks for ${key}, which infra/environment.yml does not have`)
  return found
}

function events({ queue, schedule, daily }: FunctionFile): Value[] {
  const sqs = queue && {
    sqs: {
      arn: arnOf(queue.id),
      batchSize: queue.batchSize,
      functionResponseType: 'ReportBatchItemFailures',
      ...(queue.windowSeconds === undefined ? {} : { maximumBatchingWindow: queue.windowSeconds }),
      ...(queue.concurrency === undefined ? {} : { maximumConcurrency: queue.concurrency }),
    },
  }
  const schedules = [...(schedule ? [schedule] : []), ...(daily ? [`\${sluice:${daily}Schedule}`] : [])]
  return [...(sqs ? [sqs] : []), ...schedules.map((each) => ({ schedule: each }))]
}

function everyFunction(id: string): Statement[] {
  return [
    { Sid: 'Log', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: arnOf(`${id}LogGroup`) },
    { Sid: 'Trace', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' },
  ]
}

function ofQueue({ queue }: FunctionFile): Statement[] {
  if (!queue) return []
  const Action = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility']
  return [{ Sid: 'TakeFromItsQueue', Action, Resource: arnOf(queue.id) }]
}

function readYaml<T>(file: string): T {
  return parse(readFileSync(file, 'utf8'), { customTags: cloudFormationTags, merge: true }) as T
}
