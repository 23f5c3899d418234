import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { endedWith } from '../../../../functions/domain/batch/failure.ts'
import { NEXT_COMMANDS, sluiceCommand } from '../../../../functions/domain/command/next-command.ts'
import type { Contract } from '../../../../functions/domain/contract/contract.ts'
import { compactTime } from '../../../../functions/domain/names.ts'
import { inFull, plural } from '../../../../functions/domain/words.ts'
import { jarsFolder } from '../../../../setup/places.mjs'
import { datasetsOf } from '../../../batches/dataset-status.ts'
import { batchOfExecution } from '../../../batches/manual-batch.ts'
import { checkContracts } from '../../../contracts/check-contracts.ts'
import { connect, type Deployment } from '../../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../../deployment/options.ts'
import { waitForExecution } from '../../../deployment/wait.ts'
import type { SetExitCode } from '../../../exit-code.ts'
import { helpExamples } from '../../../help-examples.ts'
import { withQuarantine } from '../../../quarantine/fetch.ts'
import { quarantineScript, type ReplayForecast } from '../../../quarantine/python-script.ts'
import { terminal } from '../../../terminal.ts'
import { UsageError } from '../../../usage-error.ts'

interface Options extends DeploymentOptions {
  dryRun?: boolean
  contracts?: string
  partition?: string[]
  reason?: string
  json?: boolean
}

export function replayCommand(setExitCode: SetExitCode): Command {
  return withDeployment(new Command('replay'))
    .description('judge quarantined rows again with the current contract, and merge those that pass into the table')
    .argument('<dataset>')
    .option(
      '--dry-run',
      'show how many rows would pass now, which rules still fail, and what the quality rules make of them; change nothing',
    )
    .option('--contracts <folder>', 'with --dry-run: try a contract that is not deployed yet')
    .option('--partition <key=value...>', 'only these raw partitions')
    .option('--reason <text>', 'reason to record with the batch')
    .option(
      '--json',
      'print one object: with --dry-run {"rows", "pass", "fail", "byReason", "quality"}, else {"batchId", "executionArn", "status", "rows"}',
    )
    .addHelpText('after', '\nRows that still fail stay in quarantine. A second replay changes nothing.')
    .addHelpText(
      'after',
      helpExamples(
        'quarantine replay orders --dry-run --contracts datasets',
        'quarantine replay orders --stage prod --reason "amounts with commas"',
      ),
    )
    .addHelpText('after', '\nExit codes: 0 success, 1 the replay failed, 2 bad usage.')
    .action(async (dataset: string, options: Options) => {
      if (options.contracts && !options.dryRun) throw new UsageError('--contracts is for --dry-run; a replay uses the deployed contract')
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      if (options.dryRun) return forecast(dataset, deployment, options)
      await replay(dataset, deployment, options, setExitCode)
    })
}

async function forecast(dataset: string, deployment: Deployment, options: Options): Promise<void> {
  const contract = options.contracts ? await contractIn(options.contracts, dataset) : await deployment.contracts.find(dataset)
  const none: ReplayForecast = { rows: 0, pass: 0, fail: 0, byReason: {}, quality: null }
  const judge = async (folder: string, files: number) => {
    const contractFile = join(folder, '_contract.json')
    await writeFile(contractFile, JSON.stringify(contract))
    return files === 0 ? none : quarantineScript<ReplayForecast>('dry_run.py', folder, contractFile, join(jarsFolder, '*.jar'))
  }
  const found = await withQuarantine(dataset, deployment, judge, options.partition)
  if (options.json) return terminal.printJson(found)
  printForecast(found)
}

function printForecast({ rows, pass, fail, byReason, quality }: ReplayForecast): void {
  terminal.print(`${inFull(pass)} of ${plural(rows, 'quarantined row')} would pass now, ${inFull(fail)} would not`)
  for (const [reason, many] of Object.entries(byReason)) terminal.print(`  ${reason}  ${inFull(many)}`)
  if (quality === null) return
  const { rules, failed, notJudged } = quality
  terminal.print(
    `${rules - failed.length} of ${plural(rules, 'quality rule')} would pass on these rows alone; the gate judges them together with the other rows of their partitions`,
  )
  for (const { rule, message } of failed) terminal.print(`  ${rule}${message ? `: ${message}` : ''}`)
  if (notJudged.length > 0) terminal.print(`  not judged here: ${notJudged.join('; ')}`)
}

async function contractIn(folder: string, dataset: string): Promise<Contract> {
  const { contracts, problems } = await checkContracts(folder)
  const contract = contracts.find((each) => each.dataset === dataset)
  if (!contract || problems.length > 0)
    throw new UsageError(`--contracts ${folder}: has no valid contract of ${dataset}; see ${sluiceCommand(NEXT_COMMANDS.validate(folder))}`)
  return contract
}

async function replay(dataset: string, deployment: Deployment, options: Options, setExitCode: SetExitCode): Promise<void> {
  const name = `${dataset}-replay-${compactTime(deployment.clock.now().toISOString())}-${randomBytes(4).toString('hex')}`
  const executionArn = await deployment.executions.start(deployment.ingestStateMachineArn, name, {
    dataset,
    source: 'quarantine',
    ...(options.partition && { partitions: options.partition }),
    requestedBy: userInfo().username,
    reason: options.reason ?? 'replay by command',
  })
  const batchId = await batchOfExecution(dataset, executionArn, deployment)
  terminal.note(`replaying as batch ${batchId}`)
  const ended = await waitForExecution(executionArn, deployment)
  const output = ended.output === undefined ? undefined : (JSON.parse(ended.output) as { rows?: Record<string, number> })
  if (options.json)
    terminal.printJson({
      batchId,
      executionArn,
      status: ended.status,
      rows: output?.rows ?? null,
      ...(ended.error && { error: ended.error }),
    })
  else if (ended.status === 'SUCCEEDED') {
    const rows = output?.rows
    terminal.print(
      rows ? `${rows.read} rows judged again: ${rows.written} now in the table, ${rows.quarantined} stay in quarantine` : 'done',
    )
  } else terminal.complain(`the replay failed: ${endedWith(ended)}`)
  if (ended.status !== 'SUCCEEDED') setExitCode(1)
}
