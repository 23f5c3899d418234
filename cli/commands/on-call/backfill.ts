import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { SingleBar } from 'cli-progress'
import { Command, Option } from 'commander'
import { type BackfillPlan, backfillPlanSchema, chunkSchema, waysNamed } from '../../../functions/domain/backfill/backfill.ts'
import { type BackfillReport, backfillReportSchema } from '../../../functions/domain/backfill/report.ts'
import { endedWith } from '../../../functions/domain/batch/failure.ts'
import { compactTime, executionArn } from '../../../functions/domain/names.ts'
import { plural } from '../../../functions/domain/words.ts'
import { isConfirmed } from '../../ask.ts'
import { rebuildTable } from '../../backfill/rebuild-table.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect, type Deployment } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import { waitForExecution } from '../../deployment/wait.ts'
import { inWords } from '../../durations.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { positiveInteger } from '../../numbers.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

interface Options extends DeploymentOptions {
  from?: string
  to?: string
  partition?: string[]
  all?: boolean
  rebuild?: boolean
  only: 'missing' | 'failed' | 'all'
  chunkSize?: number
  reason?: string
  dryRun?: boolean
  yes?: boolean
  json?: boolean
}

export function backfillCommand(setExitCode: SetExitCode): Command {
  return withDeployment(new Command('backfill'))
    .description('read raw partitions again: shows the plan, then asks you before it starts')
    .argument('<dataset>')
    .option('--from <date>', 'first partition: a date, or the start of one such as 2025-01')
    .option('--to <date>', 'last partition, included')
    .option('--partition <key=value...>', 'these partitions')
    .option('--all', 'every partition')
    .option('--rebuild', 'read all of raw in one batch and replace the whole table; needed to change a column type or a key')
    .addOption(new Option('--only <which>', 'which of these partitions').choices(['missing', 'failed', 'all']).default('missing'))
    .option('--chunk-size <number>', 'partitions per batch', positiveInteger)
    .option('--reason <text>', 'reason to record with the backfill')
    .option('--dry-run', 'show the plan and stop')
    .option('--yes', 'do not ask')
    .option('--json', 'print one object: {"plan"} or {"plan", "report", "status"}; needs --yes or --dry-run')
    .addHelpText(
      'after',
      helpExamples('backfill orders --from 2025-01-01 --to 2025-01-31 --dry-run', 'backfill orders --all --only failed --stage prod --yes'),
    )
    .addHelpText('after', '\nExit codes: 0 success, 1 the backfill failed, 2 bad usage.')
    .action(async (dataset: string, options: Options) => {
      if (options.json && !options.yes && !options.dryRun) throw new UsageError('--json does not ask: give --yes or --dry-run as well')
      if (options.rebuild) return rebuildTable(dataset, options, setExitCode)
      if (waysNamed({ ...options, partitions: options.partition }) !== 1)
        throw new UsageError('say which partitions in one way: --from and --to (or one of them), --partition, --all, or --rebuild')
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      const plan = await planOf(dataset, deployment, options)
      if (!options.json) printPlan(plan)
      if (options.dryRun || plan.chunks === 0) return options.json ? terminal.printJson({ plan }) : undefined
      if (!options.yes && !(await isConfirmed('Start it?'))) return terminal.print('not started')
      await run(dataset, plan, deployment, options, setExitCode)
    })
}

async function start(dataset: string, deployment: Deployment, options: Options, dryRun: boolean): Promise<string> {
  const { from, to, partition, all, only, chunkSize, reason } = options
  const name = `${dataset}-backfill-${compactTime(deployment.clock.now().toISOString())}-${randomBytes(4).toString('hex')}`
  return deployment.executions.start(deployment.backfillStateMachineArn, name, {
    dataset,
    ...(from && { from }),
    ...(to && { to }),
    ...(partition && { partitions: partition }),
    ...(all && { all }),
    only,
    ...(chunkSize && { chunkSize }),
    ...(reason && { reason }),
    requestedBy: userInfo().username,
    dryRun,
  })
}

async function planOf(dataset: string, deployment: Deployment, options: Options): Promise<BackfillPlan> {
  const ended = await waitForExecution(await start(dataset, deployment, options, true), deployment)
  // A backfill that cannot be planned is a mistake in the options.
  if (ended.status !== 'SUCCEEDED') throw new UsageError(endedWith(ended))
  const output = JSON.parse(ended.output ?? '{}') as { plan?: unknown }
  return backfillPlanSchema.parse(output.plan ?? output)
}

function printPlan({ chunks, partitions, skipped, widened, estimate }: BackfillPlan): void {
  const { bold, dim } = terminal.colours
  terminal.print(
    `${bold(`${plural(partitions, 'partition', 'partitions')} in ${plural(chunks, 'batch', 'batches')}`)}, about ${inWords(estimate.seconds)} and $${estimate.dollars.toFixed(2)}`,
  )
  terminal.print(dim(`  estimated from ${estimate.basis}`))
  for (const [reason, count] of Object.entries(skipped)) terminal.print(dim(`  left alone: ${count} (${reason})`))
  if (widened) terminal.print(dim(`  widened to whole partitions: ${widened.from ?? ''} … ${widened.to ?? ''}`))
}

async function run(dataset: string, plan: BackfillPlan, deployment: Deployment, options: Options, setExitCode: SetExitCode): Promise<void> {
  const arn = await start(dataset, deployment, options, false)
  const bar = new SingleBar({ format: '{bar} {value}/{total} batches, {failed} failed, {eta_formatted} left', stream: process.stderr })
  if (terminal.isLive) bar.start(plan.chunks, 0, { failed: 0 })
  const ended = await waitForExecution(arn, deployment, progressOf(arn, plan, deployment, bar))
  bar.stop()
  const output = JSON.parse(ended.output ?? '{}') as { report?: unknown }
  const report = backfillReportSchema.safeParse(output.report).data
  if (options.json) terminal.printJson({ plan, status: ended.status, report: report ?? null, ...(ended.error && { error: ended.error }) })
  else if (report) printReport(report)
  if (ended.status !== 'SUCCEEDED') {
    if (!options.json) terminal.complain(`the backfill failed: ${endedWith(ended)}`)
    setExitCode(1)
  }
}

// Chunks run one after the other, so only those around the last known one need a look.
function progressOf(arn: string, plan: BackfillPlan, deployment: Deployment, bar: SingleBar): () => Promise<void> {
  let names: string[] | undefined
  const done = new Map<string, string>()
  const folder = plan.folder.replace(/[^/]+\/$/, `${arn.split(':').at(-1)}/`)
  return async () => {
    const text = names ? undefined : await deployment.lake.getText(`${folder}chunks.json`)
    if (text !== undefined)
      names = chunkSchema
        .array()
        .parse(JSON.parse(text))
        .map(({ name }) => name)
    for (const name of (names ?? []).filter((each) => !done.has(each)).slice(0, plan.maxConcurrency + 1)) {
      const status = (await deployment.executions.describe(executionArn(deployment.ingestStateMachineArn, name)))?.status
      if (status !== undefined && status !== 'RUNNING') done.set(name, status)
    }
    if (terminal.isLive) bar.update(done.size, { failed: [...done.values()].filter((status) => status !== 'SUCCEEDED').length })
  }
}

function printReport({ chunks, rows, failed }: BackfillReport): void {
  const { red } = terminal.colours
  terminal.print(
    `${chunks.succeeded} of ${chunks.total} batches succeeded; ${rows.read} rows read, ${rows.written} written, ${rows.quarantined} quarantined`,
  )
  for (const { name, error, cause } of failed) terminal.print(`${red('failed')} ${name}: ${error} ${cause}`)
}
