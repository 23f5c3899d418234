import { executionHasEnded } from '../../domain/batch/execution-end.ts'
import { failureSentence } from '../../domain/batch/failure.ts'
import type { Contract } from '../../domain/contract/contract.ts'
import type { Executions } from '../../ports/executions.ts'
import type { Needs } from '../intake/intake.ts'

export type CloseEndedExtractsWorld = Needs<'extracts' | 'alerts' | 'counters' | 'clock'> & { executions: Pick<Executions, 'describe'> }

const LOOKED_AT = 10

/**
 * An execution that was stopped, ran out of time or could not close its extract has left a row that runs. The row is closed, and people are told, unless
 * a later extract has read the same window meanwhile.
 */
export async function closeEndedExtracts({ dataset, owner, source }: Contract, world: CloseEndedExtractsWorld): Promise<void> {
  if (source.jdbc === undefined) return
  const running = (await world.extracts.recent(dataset, LOOKED_AT)).filter(({ status }) => status === 'running')
  for (const { extractId, executionArn } of running) {
    const execution = await world.executions.describe(executionArn)
    if (execution === undefined || !executionHasEnded(execution) || execution.status === 'SUCCEEDED') continue
    // Its last state may have closed the row since it was read; from now on no state of it writes.
    const recent = await world.extracts.recent(dataset, LOOKED_AT)
    const row = recent.find((each) => each.extractId === extractId)
    if (row?.status !== 'running') continue
    const failure = { Error: execution.error ?? execution.status, ...(execution.cause && { Cause: execution.cause }) }
    const isReadSince = recent.some(({ status, extractId: other }) => status === 'landed' && other > extractId)
    // Before the row: of one that is closed nothing more is told.
    if (!isReadSince) {
      const { connection } = source.jdbc
      await world.alerts.extractFailed({ dataset, owner, connection, extractId, executionArn, failure })
    }
    const endedAt = execution.stoppedAt ?? world.clock.now().toISOString()
    await world.extracts.save({ ...row, status: 'failed', endedAt, error: failureSentence(failure) })
    world.counters.count('ExtractsFailed', 1, { dataset })
  }
}
