import { paginateGetExecutionHistory, type SFNClient } from '@aws-sdk/client-sfn'
import type { Executions, ExecutionView } from '../../../functions/ports/executions.ts'
import { type ExecutionTrace, type TraceEvent, traceExecution } from './execution-trace.ts'

type Described = Pick<ExecutionView, 'arn' | 'status' | 'startedAt'> & { stoppedAt?: string; error?: string; cause?: string }

/** The way of one execution. Undefined when Step Functions has forgotten it (90 days after its end). */
export async function readTrace(execution: Described, client: SFNClient): Promise<ExecutionTrace | undefined> {
  const events: TraceEvent[] = []
  try {
    for await (const page of paginateGetExecutionHistory({ client, pageSize: 1000 }, { executionArn: execution.arn })) {
      events.push(...((page.events ?? []) as TraceEvent[]))
    }
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return undefined
    throw error
  }
  return traceExecution(execution, events)
}

/** The same by the execution's name alone. Null when Step Functions no longer has it. */
export async function traceOf(
  executionArn: string,
  executions: Pick<Executions, 'describe'>,
  client: SFNClient,
): Promise<ExecutionTrace | null> {
  const execution = await executions.describe(executionArn)
  return (execution && (await readTrace(execution, client))) ?? null
}
