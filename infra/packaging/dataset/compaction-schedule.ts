import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { compactScheduleName } from '../../../functions/domain/names.ts'
import type { Resources } from '../template/template.ts'
import { startsBySchedule } from './schedule.ts'

/** Starts compactions of the table by `curated.compact`. Each skips what needs none. Nothing for other datasets. */
export function compactionSchedule({ dataset, curated }: Contract, prefix: string): Resources {
  if (curated.compact === undefined) return {}
  return startsBySchedule('Compaction', {
    name: compactScheduleName(prefix, dataset),
    dataset,
    expression: curated.compact,
    machineArn: 'IngestStateMachineArn',
    input: { source: 'curated', requestedBy: 'schedule', reason: 'curated.compact' },
  })
}
