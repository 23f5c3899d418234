import { Command, Option } from 'commander'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { InvalidInputError, LeaseUnavailableError } from '../../../functions/domain/errors.ts'
import { curatedPrefix, tableNames } from '../../../functions/domain/names.ts'
import { plural } from '../../../functions/domain/words.ts'
import { readTableKind, refuseMigration } from '../../../functions/use-cases/batch/prepare/changed-table.ts'
import { refuseReturn, registerFiles, returnToParquet } from '../../../functions/use-cases/batch/publish/return-to-parquet.ts'
import { isConfirmed } from '../../ask.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { runByHand } from '../../batches/run-by-hand.ts'
import { connect, type Deployment } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

interface Options extends DeploymentOptions {
  to: 'iceberg' | 'parquet'
  reason?: string
  dryRun?: boolean
  yes?: boolean
  json?: boolean
}
interface Plan {
  files: number
  bytes: number
}

export function migrateCommand(setExitCode: SetExitCode): Command {
  return withDeployment(new Command('migrate'))
    .description('take a Parquet table over into an Iceberg table, or back; no file is written again')
    .argument('<dataset>')
    .addOption(new Option('--to <format>', 'what the table becomes').choices(['iceberg', 'parquet']).makeOptionMandatory())
    .option('--reason <text>', 'reason to record with the batch')
    .option('--dry-run', 'show the files that it is about; change nothing')
    .option('--yes', 'do not ask')
    .option(
      '--json',
      'print one object: {"plan"}, {"plan", "batchId", "status", "finding", "executionArn"} or {"plan", "partitions"}; needs --yes or --dry-run',
    )
    .addHelpText(
      'after',
      '\nFirst set curated.format: iceberg in the contract and deploy it with --param "migrate=DATASET" (`sluice up --migrate DATASET`).\n' +
        'From then until the migration has ended, readers find no table, and batches of landings fail. It reads the table twice to compare\n' +
        'it. Until the next batch is published you can go back: --to parquet, then deploy the earlier contract, then --to parquet again,\n' +
        'which shows the catalog all partitions.',
    )
    .addHelpText('after', helpExamples('migrate orders --to iceberg --dry-run', 'migrate orders --to parquet --stage prod --yes'))
    .addHelpText('after', '\nExit codes: 0 success; 1 it failed, or a batch is under way; 2 bad usage.')
    .action(async (dataset: string, options: Options) => {
      if (options.json && !options.yes && !options.dryRun) throw new UsageError('--json does not ask: give --yes or --dry-run as well')
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      const act = options.to === 'iceberg' ? toIceberg : toParquet
      await act(dataset, options, deployment, setExitCode).catch((error) => {
        if (error instanceof InvalidInputError) throw new UsageError(error.message.replace(/^source: /, ''))
        if (!(error instanceof LeaseUnavailableError)) throw error
        terminal.complain(error.message)
        setExitCode(1)
      })
    })
}

async function toIceberg(dataset: string, options: Options, deployment: Deployment, setExitCode: SetExitCode): Promise<void> {
  await refuseMigration((await deployment.contracts.find(dataset)) as Contract, deployment.lake)
  const plan = await filesOf(dataset, deployment)
  const question = `Take ${describe(plan)} of ${dataset} over into an Iceberg table? Until it has ended, readers find no table ${dataset}.`
  if (!(await goesOn(plan, question, options))) return
  const input = { dataset, source: 'migration', reason: options.reason ?? 'migration by command' }
  const words = { verb: 'migrate', doing: 'migrating', noun: 'migration' }
  await runByHand(words, input, plan, deployment, { json: options.json, setExitCode })
}

async function toParquet(dataset: string, options: Options, deployment: Deployment): Promise<void> {
  const kind = await readTableKind(dataset, deployment.lake)
  const contract = (await deployment.contracts.find(dataset)) as Contract
  const isDeployed = contract.curated.format === 'parquet'
  if (isDeployed && kind?.format === 'iceberg')
    throw new UsageError(`the deployed contract of ${dataset} has curated.format: parquet, and its table is an Iceberg table`)
  const plan = await filesOf(dataset, deployment)
  if (isDeployed) {
    if (!(await goesOn(plan, `Show the catalog all partitions of ${dataset}?`, options))) return
    const partitions = await registerFiles(dataset, deployment)
    if (options.json) return terminal.printJson({ plan, partitions })
    return terminal.print(`${dataset} is a Parquet table; the catalog has its ${plural(partitions, 'partition')}`)
  }
  await refuseReturn(dataset, deployment)
  if (!(await goesOn(plan, `Make ${describe(plan)} of ${dataset} a Parquet table again?`, options))) return
  await returnToParquet(dataset, deployment)
  if (options.json) return terminal.printJson({ plan, partitions: null })
  terminal.print(
    `${dataset} is no Iceberg table any more. Set curated.format: parquet in its contract and deploy it; then run this command again:`,
  )
  terminal.print('it shows the catalog all partitions. Until then readers find no table, and batches of landings fail.')
}

async function goesOn(plan: Plan, question: string, options: Options): Promise<boolean> {
  if (options.dryRun) {
    if (options.json) terminal.printJson({ plan })
    else terminal.print(question)
    return false
  }
  if (options.yes || (await isConfirmed(question))) return true
  terminal.print('not changed')
  return false
}

const describe = ({ files, bytes }: Plan) => `${plural(files, 'file')} (${(bytes / 1e6).toFixed(1)} MB)`

async function filesOf(dataset: string, { lake }: Deployment): Promise<Plan> {
  const root = curatedPrefix(tableNames(dataset).curated)
  const plan = { files: 0, bytes: 0 }
  for await (const page of lake.list(root))
    for (const { key, size } of page) {
      if (!key.endsWith('.parquet') || size === 0 || key.startsWith(`${root}data/`)) continue
      plan.files += 1
      plan.bytes += size
    }
  return plan
}
