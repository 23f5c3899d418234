import type { Json } from '../types.ts'
import { type Service, ServiceFailure } from './service.ts'

const answered = (known: boolean) => {
  if (!known) throw new ServiceFailure('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'")
  return {}
}

export function sendTaskSuccess(service: Service, { taskToken, output }: { taskToken: string; output: string }): unknown {
  let value: Json
  try {
    value = JSON.parse(output) as Json
  } catch (thrown) {
    throw new ServiceFailure('InvalidOutput', `Invalid Output: '${(thrown as Error).message}'`)
  }
  return answered(service.world.tokens.succeed(taskToken, value))
}

export function sendTaskFailure(
  service: Service,
  { taskToken, error, cause }: { taskToken: string; error?: string; cause?: string },
): unknown {
  return answered(service.world.tokens.fail(taskToken, error, cause))
}

export function sendTaskHeartbeat(service: Service, { taskToken }: { taskToken: string }): unknown {
  return answered(service.world.tokens.heartbeat(taskToken))
}
