import { Command } from 'commander'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { type PublishedBatch, publishedBatches } from '../../../functions/domain/iceberg/history.ts'
import { monthEnds } from '../../../functions/domain/iceberg/month-ends.ts'
import { tableNames } from '../../../functions/domain/names.ts'
import { plural } from '../../../functions/domain/words.ts'
import { openTable } from '../../../functions/use-cases/batch/publish/iceberg-table.ts'
import { type Rollback, readRollbacks } from '../../../functions/use-cases/batch/publish/roll-back.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect, type Deployment } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

export function historyCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('history'))
    .description('list the batches that an Iceberg table has been through, its ends of months, and who rolled it back')
    .argument('<dataset>')
    .option('--json', 'print one object: {"batches": [...], "tags": [...], "rollbacks": [...]}')
    .addHelpText('after', '\nBatches whose snapshots have expired are not listed; `sluice runs` lists every batch.')
    .addHelpText('after', helpExamples('history orders --stage prod', 'history orders --local --json'))
    .addHelpText('after', '\nExit codes: 0 success; 2 bad usage.')
    .action(async (dataset: string, options: DeploymentOptions & { json?: boolean }) => {
      const deployment = await connect(options)
      await requireIceberg(dataset, deployment)
      const { metadata } = await openTable(tableNames(dataset).curated, deployment)
      const [batches, tags, rollbacks] = [publishedBatches(metadata), monthEnds(metadata), await readRollbacks(dataset, deployment.lake)]
      if (options.json) return terminal.printJson({ batches, tags, rollbacks })
      if (batches.length === 0) terminal.print(`${dataset} has published no batch`)
      for (const batch of batches) printBatch(batch)
      for (const { tag, batchId } of tags) terminal.print(`${terminal.colours.bold(tag)}  as it was after ${batchId ?? 'no batch'}`)
      for (const each of rollbacks) printRollback(each)
    })
}

/** The dataset's contract. @throws UsageError for a dataset that is not there, or whose table is of another format */
export async function requireIceberg(dataset: string, deployment: Deployment): Promise<Contract> {
  await datasetsOf(deployment, dataset)
  const contract = (await deployment.contracts.find(dataset)) as Contract
  if (contract.curated.format !== 'iceberg')
    throw new UsageError(
      `${dataset} is stored as ${contract.curated.format}, which keeps no history; only Iceberg tables do (curated.format)`,
    )
  return contract
}

export function printBatch({ batchId, committedAt, isCompaction, isMigration, rowsAdded, rowsReplaced, isCurrent }: PublishedBatch): void {
  const { bold, dim } = terminal.colours
  const written = plural(rowsAdded, 'row')
  const ordinary = `${written} written, ${plural(rowsReplaced, 'older row')} replaced or removed`
  const taken = isMigration && `${plural(rowsAdded, 'row')} taken over from the Parquet table`
  const rows = taken || (isCompaction ? `${written} written again as they were` : ordinary)
  terminal.print(`${bold(batchId)} ${committedAt}  ${rows}${isCurrent ? dim('  the table is here') : ''}`)
}

function printRollback({ at, by, to, undone, reason }: Rollback): void {
  terminal.print(terminal.colours.dim(`${at}  ${by} rolled back to ${to}, without ${undone.join(', ')}: ${reason}`))
}
