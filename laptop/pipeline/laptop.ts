import type { StepFunctionsStorage } from 'asl-jsonata'
import type { Clients } from '../aws/clients.ts'
import type { Gateway } from '../aws/gateway.ts'
import type { Stack } from '../cloudformation/provision.ts'
import type { Engine } from '../glue/engine.ts'
import type { createGlue } from '../glue/index.ts'
import type { Guard } from '../iam/guard.ts'
import type { FunctionHost } from '../lambda/function-host.ts'
import type { MappingStates } from '../lambda/mapping-states.ts'
import type { Wiring } from './deploy/deployed-stack.ts'

/** AWS on this machine, with the package deployed to it. Nothing consumes queues yet. */
export interface Laptop extends Wiring {
  gateway: Gateway
  /** The owner's, of this start. */
  accessKeyId: string
  clients: Clients
  stack: Stack
  functions: FunctionHost
  glue: ReturnType<typeof createGlue>
  relocate: Engine['relocate']
  executions: StepFunctionsStorage['executions']
  /** What `ListEventSourceMappings` tells of mappings of streams and topics. */
  mappingStates: MappingStates
  clientsOf(roleArn: string): Clients
  /** Who takes messages for a function: Lambda does that under the function's own role. */
  consumerOf(mapping: { functionName: string }): Clients
  guard: Guard
  /** Restores the state folder, and continues what was running. True when the folder had state. */
  restore(): Promise<boolean>
  /** Writes the state folder for the next start; nothing that happens after is kept. */
  keep(): Promise<void>
  stop(): Promise<void>
}
