import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionView } from '../../functions/ports/executions.ts'
import type { Deployment } from './connect.ts'

const LOOK_EVERY_MS = 2000

/** Waits for an execution to end. Ctrl-C ends the waiting, not the execution. */
export async function waitForExecution(
  executionArn: string,
  { executions }: Pick<Deployment, 'executions'>,
  look: () => Promise<void> = async () => {},
): Promise<ExecutionView> {
  for (;;) {
    const execution = await executions.describe(executionArn)
    if (execution && execution.status !== 'RUNNING' && execution.status !== 'PENDING_REDRIVE') return execution
    await look()
    await sleep(LOOK_EVERY_MS)
  }
}
