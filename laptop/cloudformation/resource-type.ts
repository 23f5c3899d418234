import type { Clients } from '../aws/clients.ts'
import type { ServiceAccess } from '../iam/service-access.ts'
import type { Value } from './template.ts'

/** What a made resource is to others of the template. */
export interface Made {
  ref: string
  attributes?: Record<string, string>
}

export interface Context {
  id: string
  clients: Clients
  /** A name for a resource that the template does not name. */
  generatedName: string
  /** What AWS would keep and the laptop must run itself. */
  host: Host
  /** What services do by themselves, and who lets them: judged when all is made. */
  access: ServiceAccess
}

/** Takes what moto does not run. */
export interface Host {
  addFunction(definition: FunctionDefinition): void
  addMapping(definition: MappingDefinition): void
  addStreamMapping(definition: StreamMappingDefinition): void
  addTopicMapping(definition: TopicMappingDefinition): void
  addSchedule(definition: ScheduleDefinition): void
  addMachineSchedule(definition: MachineScheduleDefinition): void
  addRole(definition: RoleDefinition): void
  /** To a role that was added before. */
  addPolicy(role: string, policy: RoleDefinition['policies'][number]): void
}
export interface FunctionDefinition {
  name: string
  arn: string
  roleArn: string
  handler: string
  runtime: string
  /** Key of the code in the deployment bucket. */
  codeKey: string
  timeoutSeconds: number
  environment: Record<string, string>
  reservedConcurrency?: number
}
export interface MappingDefinition {
  functionName: string
  queueArn: string
  batchSize: number
  windowSeconds: number
  maximumConcurrency?: number
  reportsItemFailures: boolean
}
export interface StreamMappingDefinition {
  functionName: string
  functionArn: string
  streamArn: string
  batchSize: number
  windowSeconds: number
  reportsItemFailures: boolean
  bisects: boolean
  /** -1: as long as the stream has the record. */
  maximumRetries: number
  maximumAgeSeconds: number
  failureQueueArn: string
}
/** Of a topic of Kafka. */
export interface TopicMappingDefinition {
  functionName: string
  /** `<host>:<port>` each. */
  servers: string[]
  topic: string
  batchSize: number
  windowSeconds: number
}
export interface ScheduleDefinition {
  name: string
  expression: string
  /** Of a function or a queue. */
  targetArn: string
  input?: string
  /** Paths of the event's own fields, and a JSON text with `<variable>` in it. */
  transformer?: { InputPathsMap?: Record<string, string> | undefined; InputTemplate: string }
}
/** Of EventBridge Scheduler, which starts a state machine in a role. */
export interface MachineScheduleDefinition {
  name: string
  expression: string
  machineArn: string
  roleArn: string
  input: string
}
export interface RoleDefinition {
  name: string
  arn: string
  trust: Value
  policies: { name: string; document: Value }[]
  managedPolicies: string[]
}

/** Makes a resource of one type from its resolved properties. */
export type ResourceType = (properties: Record<string, never>, context: Context) => Promise<Made>
