import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { StartExecutionCommand } from '@aws-sdk/client-sfn'
import { failureSentence } from '../../../functions/domain/batch/failure.ts'
import { LOCAL_CONNECTIONS, localSecret } from '../../../infra/packaging/contracts.ts'
import type { Clients } from '../../aws/clients.ts'
import { startSchedules } from '../../lambda/schedules.ts'
import { refOf } from '../deploy/made-resources.ts'
import type { Laptop } from '../laptop.ts'

/** What a connection is on this machine. */
export type LocalConnection = LocalDatabase | LocalBrokers

/** A database that you name for this machine. */
export interface LocalDatabase {
  kind: 'jdbc'
  name: string
  /** `jdbc:postgresql://…` or `jdbc:mysql://…`, without user and password. */
  url: string
  username: string
  password: string
}

/** Brokers of Kafka that you name for this machine; they need no credentials. */
export interface LocalBrokers {
  kind: 'kafka'
  name: string
  /** `<host>:<port>`, several with a comma between them. */
  servers: string
}

/** An extract as an execution of its machine. */
export interface PipelineExtract {
  dataset: string
  status: string
  rows?: number
  /** Why it failed. */
  error?: string
}

/** For packaging: what stands in for the addresses of connections. */
export const localConnections = (connections: LocalConnection[] = []): Record<string, string> =>
  connections.length === 0
    ? {}
    : {
        [LOCAL_CONNECTIONS]: JSON.stringify(
          Object.fromEntries(connections.map((each) => [each.name, each.kind === 'jdbc' ? each.url : each.servers])),
        ),
      }

/** Puts the credentials to where the job looks for them. They are kept in memory alone. */
export async function putSecrets({ secrets }: Clients, connections: LocalConnection[]): Promise<void> {
  for (const connection of connections) {
    if (connection.kind !== 'jdbc') continue
    const { name, username, password } = connection
    const secret = { SecretString: JSON.stringify({ username, password }) }
    await secrets.send(new CreateSecretCommand({ Name: localSecret(name), ...secret })).catch((error) => {
      if (error.name !== 'ResourceExistsException') throw error
      return secrets.send(new PutSecretValueCommand({ SecretId: localSecret(name), ...secret }))
    })
  }
}

/** Starts an extract of the dataset, as its schedule does. */
export async function startExtract({ clients, stack }: Laptop, dataset: string): Promise<void> {
  const input = JSON.stringify({ dataset, requestedBy: 'run' })
  await clients.sfn.send(new StartExecutionCommand({ stateMachineArn: refOf(stack, 'ExtractStateMachine'), input }))
}

export const extractsOf = (executions: Laptop['executions']): PipelineExtract[] =>
  [...executions.values()]
    .filter(({ stateMachineName }) => stateMachineName.endsWith('-extract'))
    .map(({ status, input, output, error, cause }) => {
      const { rows } = (output ?? {}) as { rows?: number }
      return {
        dataset: (input as { dataset?: string } | null)?.dataset ?? 'unknown',
        status,
        ...(rows !== undefined && { rows }),
        ...(error !== undefined && { error: failureSentence({ Error: error, Cause: cause }) }),
      }
    })

/** What EventBridge Scheduler does: it starts each extract in the role of its schedule. */
export function startMachineSchedules(laptop: Laptop) {
  const running = laptop.machineSchedules.map(({ machineArn, roleArn, ...schedule }) =>
    startSchedules([{ ...schedule, targetArn: machineArn }], (stateMachineArn, input) =>
      laptop.clientsOf(roleArn).sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) })),
    ),
  )
  return { stop: () => running.forEach(({ stop }) => void stop()) }
}
