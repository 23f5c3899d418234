import type { ContractDraft } from '../draft.ts'
import { FLEX_WORKER_TYPES } from '../fields/compute.ts'
import type { Say } from './problem.ts'

export function checkCompute({ workerType, flex }: ContractDraft, say: Say): void {
  if (flex && workerType !== undefined && !FLEX_WORKER_TYPES.includes(workerType)) {
    say(['compute', 'flex'], `AWS runs Flex jobs on ${FLEX_WORKER_TYPES.join(' and ')} only, not on ${workerType}`)
  }
}
