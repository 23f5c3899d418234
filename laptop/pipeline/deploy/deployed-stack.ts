import type { Clients } from '../../aws/clients.ts'
import { provision, type Stack } from '../../cloudformation/provision.ts'
import type {
  MachineScheduleDefinition,
  MappingDefinition,
  RoleDefinition,
  ScheduleDefinition,
  StreamMappingDefinition,
  TopicMappingDefinition,
} from '../../cloudformation/resource-type.ts'
import type { Template } from '../../cloudformation/template.ts'
import type { FunctionHost } from '../../lambda/function-host.ts'
import type { MappingStates } from '../../lambda/mapping-states.ts'

/** What the template has that no service of moto makes happen: who is called by what and when, and what each role may do. */
export interface Wiring {
  mappings: MappingDefinition[]
  streamMappings: StreamMappingDefinition[]
  topicMappings: TopicMappingDefinition[]
  schedules: ScheduleDefinition[]
  machineSchedules: MachineScheduleDefinition[]
  roles: RoleDefinition[]
}

export interface DeployedStack {
  stack: Stack
  wiring: Wiring
  /** ARN of the role that a function runs under. */
  roleOf: (functionName: string) => string | undefined
}

/** Makes what is in the packaged template: resources by `clients`, functions in `functions`. */
export async function deployStack(
  template: Template,
  { clients, functions, mappingStates }: { clients: Clients; functions: FunctionHost; mappingStates: MappingStates },
): Promise<DeployedStack> {
  const roles = new Map<string, string>()
  const wiring: Wiring = { mappings: [], streamMappings: [], topicMappings: [], schedules: [], machineSchedules: [], roles: [] }
  const stack = await provision(template, {
    stackName: 'sluice-laptop',
    clients,
    host: {
      addFunction: (definition) => {
        functions.add(definition)
        roles.set(definition.name, definition.roleArn)
      },
      addMapping: (definition) => wiring.mappings.push(definition),
      addStreamMapping: (definition) => {
        wiring.streamMappings.push(definition)
        mappingStates.set(definition.functionName, { streamArn: definition.streamArn, isNew: true })
      },
      addTopicMapping: (definition) => {
        wiring.topicMappings.push(definition)
        mappingStates.set(definition.functionName, { topic: definition.topic, isNew: true })
      },
      addSchedule: (definition) => wiring.schedules.push(definition),
      addMachineSchedule: (definition) => wiring.machineSchedules.push(definition),
      addRole: (definition) => wiring.roles.push(definition),
      addPolicy: (role, policy) => wiring.roles.find(({ name }) => name === role)?.policies.push(policy),
    },
  })
  return { stack, wiring, roleOf: (functionName) => roles.get(functionName) }
}
