import { Command } from 'commander'
import { type CompactionForecast, forecastCompaction } from '../../../functions/domain/batch/compaction.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { InvalidInputError } from '../../../functions/domain/errors.ts'
import { type TableState, tableState } from '../../../functions/domain/iceberg/history.ts'
import { curatedPrefix } from '../../../functions/domain/names.ts'
import { curatedSelector } from '../../../functions/domain/partition/curated-selection.ts'
import type { StoredObject } from '../../../functions/ports/object-store.ts'
import { openTable } from '../../../functions/use-cases/batch/publish/iceberg-table.ts'
import { isConfirmed } from '../../ask.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { runByHand } from '../../batches/run-by-hand.ts'
import { printForecast, printState } from '../../compaction/print-forecast.ts'
import { connect, type Deployment } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

interface Options extends DeploymentOptions {
  partition?: string[]
  where?: string
  checkKeys?: boolean
  reason?: string
  dryRun?: boolean
  yes?: boolean
  json?: boolean
}
type Selection = { partitions?: string[]; push_down_predicate?: string }

export function compactCommand(setExitCode: SetExitCode): Command {
  return withDeployment(new Command('compact'))
    .description('rewrite curated partitions that have many small files into a few large ones; no row changes')
    .argument('<dataset>')
    .option('--partition <key=value...>', 'only these curated partitions')
    .option('--where <predicate>', `only curated partitions that this selects, e.g. "order_date < '2025-01-01'"`)
    .option('--check-keys', 'first check that each key is in the whole table once, and fail if a key is there twice')
    .option('--reason <text>', 'reason to record with the batch')
    .option('--dry-run', 'show the files of each partition before and after; change nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'print one object: {"plan"} or {"plan", "batchId", "status", "finding", "executionArn"}; needs --yes or --dry-run')
    .addHelpText(
      'after',
      '\nA partition has too many files when it has more than its size needs (curated.target_file_mb of the contract).\n' +
        'Of an Iceberg table, partitions with deletes for more than a tenth of their rows are rewritten as well. Its snapshots that are\n' +
        'older than curated.history_days go, and files that no snapshot has. Readers see the old files or the new ones, never both.\n' +
        'A compaction is a batch and holds the lease of the dataset, so landings wait. As with any batch, a query can see the rows\n' +
        'of a Parquet partition twice for some seconds, while its files are replaced.',
    )
    .addHelpText('after', helpExamples('compact orders --dry-run', 'compact orders --partition order_date=2025-01-01 --stage prod --yes'))
    .addHelpText('after', '\nExit codes: 0 success, also when there is nothing to do; 1 the compaction failed; 2 bad usage.')
    .action(async (dataset: string, options: Options) => {
      if (options.json && !options.yes && !options.dryRun) throw new UsageError('--json does not ask: give --yes or --dry-run as well')
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      const contract = (await deployment.contracts.find(dataset)) as Contract
      const selection = selectionOf(options)
      const { plan, nothingToDo } = await planCompaction(contract, selection, deployment, options)
      if (options.dryRun || nothingToDo) return options.json ? terminal.printJson({ plan }) : undefined
      if (!options.yes && !(await isConfirmed(options.checkKeys ? 'Check the keys?' : 'Start it?'))) return terminal.print('not started')
      await compact(dataset, selection, plan, deployment, options, setExitCode)
    })
}

function selectionOf({ partition, where }: Options): Selection {
  if (partition !== undefined && where !== undefined) throw new UsageError('give either --partition or --where, not both')
  return { ...(partition !== undefined && { partitions: partition }), ...(where !== undefined && { push_down_predicate: where }) }
}

/** What it would do, shown where it is not asked for as JSON. */
async function planCompaction(contract: Contract, selection: Selection, deployment: Deployment, options: Options) {
  if (contract.curated.format === 'iceberg') {
    if (Object.keys(selection).length > 0)
      throw new UsageError(`${contract.dataset} is an Iceberg table, which is compacted as a whole; leave --partition and --where out`)
    const plan = tableState((await openTable(contract.dataset, deployment)).metadata)
    if (!options.json) printState(plan)
    return { plan, nothingToDo: plan.dataFiles === 0 }
  }
  const plan = await forecast(contract, selection, deployment)
  if (!options.json) printForecast(plan)
  return { plan, nothingToDo: plan.crowded.length === 0 && !options.checkKeys }
}

async function forecast(contract: Contract, selection: Selection, { lake }: Deployment): Promise<CompactionForecast> {
  const selector = selectorFor(contract, selection)
  const objects: StoredObject[] = []
  for await (const page of lake.list(curatedPrefix(contract.dataset))) objects.push(...page)
  const nothing = selector?.parts.find(([, , isSelected]) => forecastCompaction(objects, contract, isSelected).partitions === 0)
  if (nothing) throw new UsageError(`${nothing[1]} selects no partition of table ${contract.dataset}`)
  return forecastCompaction(objects, contract, selector?.isSelected)
}

function selectorFor(contract: Contract, selection: Selection) {
  try {
    return curatedSelector(selection, contract)
  } catch (error) {
    if (error instanceof InvalidInputError) throw new UsageError(asOptions(error.message))
    throw error
  }
}

/** The same in the words of the command line: fields of the execution's input are options here. */
function asOptions(message: string): string {
  return message
    .replace(/^push_down_predicate/, '--where')
    .replace(/^partitions(?:\.\d+)?(?:\.(\w+):)?/, (_, key?: string) => (key === undefined ? '--partition' : `--partition: ${key}`))
}

async function compact(
  dataset: string,
  selection: Selection,
  plan: CompactionForecast | TableState,
  deployment: Deployment,
  options: Options,
  setExitCode: SetExitCode,
): Promise<void> {
  const input = {
    dataset,
    source: 'curated',
    ...selection,
    ...(options.checkKeys && { checkKeys: true }),
    reason: options.reason ?? 'compaction by command',
  }
  const words = { verb: 'compact', doing: 'compacting', noun: 'compaction' }
  await runByHand(words, input, plan, deployment, { json: options.json, setExitCode })
}
