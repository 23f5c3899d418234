import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeExecutionCommand, ListStateMachinesCommand, StartExecutionCommand } from '@aws-sdk/client-sfn'
import type { Clients } from '../../../laptop/aws/clients.ts'

/** Starts an execution as a person does with the AWS CLI, and gives how it ended. */
export async function execute({ sfn }: Clients, machine: 'ingest' | 'backfill', input: unknown) {
  const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}))
  const stateMachineArn = stateMachines.find(({ name }) => name?.endsWith(`-${machine}`))?.stateMachineArn
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }))
  for (;;) {
    const { status, output, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }))
    if (status !== 'RUNNING') return { status, error, cause, output: JSON.parse(output ?? 'null') }
    await sleep(200)
  }
}
