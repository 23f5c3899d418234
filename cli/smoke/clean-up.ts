import { setTimeout as sleep } from 'node:timers/promises'
import { executionHasEnded } from '../../functions/domain/batch/execution-end.ts'
import { NEXT_COMMANDS, sluiceCommand } from '../../functions/domain/command/next-command.ts'
import { curatedPrefix, quarantinePrefix, runPrefix, stagedPrefix, tableNames } from '../../functions/domain/names.ts'
import { dismiss } from '../../functions/use-cases/redrive/dismiss.ts'
import { CANARY } from './canary.ts'
import type { SmokeRun } from './steps.ts'
import type { SmokeWorld } from './world.ts'

/** How long the event of the execution's end may take to close the batch. */
const CLOSING_SECONDS = 120
const REASON = 'a smoke test that failed'

/**
 * Removes what a run has left: its objects, their partitions, a failed batch. Rows of the ledger expire by themselves.
 * @returns what it could not remove, in words
 */
export async function cleanUp({ file, batchId, executionArn }: SmokeRun, world: SmokeWorld, everyMs: number): Promise<string[]> {
  const execution = executionArn === undefined ? undefined : await world.executions.describe(executionArn)
  if (execution && !executionHasEnded(execution))
    return [`batch ${batchId} still runs: delete s3://${world.rawBucket}/${file.key} when it has ended`]
  const left: string[] = []
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    await work().catch((error: Error) => left.push(`${what}: ${error.message}`))
  }
  await attempt(file.key, () => world.raw.remove([file.key]))
  const { smoke } = file.rawPartition
  const folders = [
    `${curatedPrefix(CANARY)}run=${file.curatedPartition.run}/`,
    `${quarantinePrefix(CANARY)}smoke=${smoke}/`,
    ...(batchId === undefined ? [] : [stagedPrefix(CANARY, batchId)]),
  ]
  for (const folder of folders) await attempt(folder, () => removeBelow(folder, world))
  const tables = tableNames(CANARY)
  const partitions: [string, string][] = [
    [tables.raw, `smoke = '${smoke}'`],
    [tables.quarantine, `smoke = '${smoke}'`],
    [tables.curated, `run = '${file.curatedPartition.run}'`],
    ...(batchId === undefined ? [] : [[tables.staged, `batch_id = '${batchId}'`] as [string, string]]),
  ]
  for (const [table, expression] of partitions) await attempt(table, () => world.registry.forget(table, expression))
  if (execution && execution.status !== 'SUCCEEDED' && batchId !== undefined) await attempt(batchId, () => retire(batchId, world, everyMs))
  if (batchId !== undefined) await attempt(runPrefix(CANARY, batchId), () => removeBelow(runPrefix(CANARY, batchId), world))
  return left
}

async function removeBelow(folder: string, { lake }: SmokeWorld): Promise<void> {
  for await (const page of lake.list(folder)) await lake.remove(page.map(({ key }) => key))
}

// Its file is gone, so that it can only be dismissed. The function that closes it may still be under way.
async function retire(batchId: string, world: SmokeWorld, everyMs: number): Promise<void> {
  const isClosed = async () => (await world.batches.find(CANARY, batchId))?.status !== 'running'
  for (let waited = 0; !(await isClosed()); waited += everyMs) {
    if (waited > CLOSING_SECONDS * 1000)
      throw new Error(
        `its end is not recorded yet; this takes the batch off the list later: ${sluiceCommand(NEXT_COMMANDS.dismiss(batchId, REASON), world)}`,
      )
    await sleep(everyMs)
  }
  await dismiss({ batchId, by: 'sluice smoke', reason: REASON, dryRun: false }, world)
}
