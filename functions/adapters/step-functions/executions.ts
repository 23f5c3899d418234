import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import { executionArn } from '../../domain/names.ts'
import type { Executions } from '../../ports/executions.ts'

export function sfnExecutions(client = new SFNClient({})): Executions {
  return {
    async start(stateMachineArn, name, input) {
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }))
      } catch (error) {
        // The name is the batch's: another caller has started this batch already.
        if (!(error instanceof ExecutionAlreadyExists) && (error as Error).name !== 'ExecutionAlreadyExists') throw error
      }
      return executionArn(stateMachineArn, name)
    },

    async describe(arn) {
      try {
        const found = await client.send(new DescribeExecutionCommand({ executionArn: arn }))
        return {
          arn,
          name: found.name ?? '',
          status: found.status ?? 'RUNNING',
          input: found.input ?? '{}',
          startedAt: found.startDate?.toISOString() ?? '',
          ...(found.stopDate && { stoppedAt: found.stopDate.toISOString() }),
          ...(found.output && { output: found.output }),
          ...(found.error && { error: found.error }),
          ...(found.cause && { cause: found.cause }),
          redrives: found.redriveCount ?? 0,
          redrivable: found.redriveStatus === 'REDRIVABLE',
          ...(found.redriveStatusReason && { notRedrivableBecause: found.redriveStatusReason }),
        }
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist || (error as Error).name === 'ExecutionDoesNotExist') return undefined
        throw error
      }
    },

    async redrive(arn) {
      await client.send(new RedriveExecutionCommand({ executionArn: arn }))
    },

    async resumable(arn) {
      const then = await client.send(new DescribeStateMachineForExecutionCommand({ executionArn: arn }))
      const now = await client.send(new DescribeStateMachineCommand({ stateMachineArn: then.stateMachineArn }))
      if (then.definition !== now.definition) return { resumable: false, because: 'the state machine has changed since' }
      const { events = [] } = await client.send(
        new GetExecutionHistoryCommand({ executionArn: arn, reverseOrder: true, maxResults: 20, includeExecutionData: false }),
      )
      // A redrive enters the unsuccessful state again, and a Fail state fails again.
      if (events.some((event) => event.type === 'FailStateEntered')) return { resumable: false, because: 'it ended in a Fail state' }
      // A redrive starts the job at once, while the run that was cut off may not have stopped; a new execution waits for that.
      const cutOffIn = events.find((event) => event.stateEnteredEventDetails)?.stateEnteredEventDetails?.name
      if (cutOffIn === 'Curate') return { resumable: false, because: 'its job run was cut off, and a new execution makes sure of its end' }
      return { resumable: true, because: 'definition and input still hold' }
    },
  }
}
