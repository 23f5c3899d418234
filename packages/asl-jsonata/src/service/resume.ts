import { noProgress } from '../progress.ts'
import { redriveExecution } from './executions.ts'
import type { Service } from './service.ts'

/**
 * Takes up what was running when the process that ran it ended, each from the state that it was in: a redrive without
 * a request. The children of a Distributed Map are resumed by their parent. Returns how many.
 */
export async function resumeInterrupted(service: Service): Promise<number> {
  const { storage, clock, running, world } = service
  const left = [...storage.executions.values()].filter(({ status, executionArn }) => status === 'RUNNING' && !running.has(executionArn))
  for (const record of left) Object.assign(record, { status: 'ABORTED', stopDate: clock.now() })
  const own = left.filter(({ mapRunArn }) => mapRunArn === undefined)
  for (const record of own) {
    const machine = storage.stateMachines.get(record.stateMachineArn)
    if (!machine) await world.onStatus?.(record)
    else {
      if (machine.definition !== record.definition || machine.roleArn !== record.roleArn) {
        // What it was in may not be there any more, and the names in it may have changed.
        Object.assign(record, { definition: machine.definition, roleArn: machine.roleArn, progress: noProgress() })
      }
      redriveExecution(service, record)
    }
  }
  return own.length
}
