import { Command } from 'commander'
import { plural } from '../../../../functions/domain/words.ts'
import { isConfirmed } from '../../../ask.ts'
import { datasetsOf } from '../../../batches/dataset-status.ts'
import { connect } from '../../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../../deployment/options.ts'
import { helpExamples } from '../../../help-examples.ts'
import { type DiscardRecord, discard, withSelected } from '../../../quarantine/discard.ts'
import { terminal } from '../../../terminal.ts'
import { UsageError } from '../../../usage-error.ts'
import { whoAsks } from '../../../who.ts'

interface Options extends DeploymentOptions {
  rule?: string
  file?: string
  batch?: string
  partition?: string[]
  all?: boolean
  reason?: string
  dryRun?: boolean
  yes?: boolean
  json?: boolean
}

export function discardCommand(): Command {
  return withDeployment(new Command('discard'))
    .description('take rows out of quarantine for good; who, when and why is recorded')
    .argument('<dataset>')
    .option('--rule <rule>', 'rows that break this rule')
    .option('--file <file>', 'rows of this source file: its address, or the end of it')
    .option('--batch <batch>', 'rows that this batch quarantined')
    .option('--partition <key=value...>', 'rows of these raw partitions')
    .option('--all', 'every row of the dataset')
    .option('--reason <text>', 'why; recorded')
    .option('--dry-run', 'count the rows; change nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'print one object: {"rows", "reasons", "files", "discarded", ...}')
    .addHelpText(
      'after',
      '\nA row goes when each given option selects it. The files in the raw bucket stay: a backfill judges their rows again.',
    )
    .addHelpText('after', '`sluice quarantine list --discarded` shows what was discarded.')
    .addHelpText(
      'after',
      helpExamples(
        'quarantine discard orders --rule invalid_type:amount --dry-run',
        'quarantine discard orders --stage prod --file day=2025-01-01/test.csv --reason "a test file" --yes',
      ),
    )
    .addHelpText('after', '\nExit codes: 0 success, also when there was no such row; 2 bad usage, or a batch of the dataset runs.')
    .action(async (dataset: string, options: Options) => {
      const { rule, file, batch, partition } = options
      const selection = { ...(rule && { rule }), ...(file && { file }), ...(batch && { batch }), ...(partition && { partition }) }
      check(options, Object.keys(selection).length)
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      await withSelected(dataset, selection, deployment, async (found, rest, files) => {
        if (found.rows === 0 || options.dryRun) return print({ ...found, discarded: false }, options)
        if (!options.yes && !(await isConfirmed(`${sentence(found)}. Discard them?`))) return print({ ...found, discarded: false }, options)
        const asked = { dataset, by: await whoAsks(options), reason: options.reason ?? '', selection }
        const record = await discard(asked, found, { rest, files }, deployment)
        print({ ...record, discarded: true }, options)
      })
    })
}

function check({ all, dryRun, reason, partition }: Options, selected: number): void {
  if (all && selected > 0)
    throw new UsageError('--all takes every row: leave out --rule, --file, --batch and --partition, or leave out --all')
  if (!all && selected === 0)
    throw new UsageError('say which rows: --rule, --file, --batch, --partition, or --all for every row of the dataset')
  if (!dryRun && !reason?.trim()) throw new UsageError('--reason is missing: say why these rows go; it is recorded')
  for (const part of partition ?? [])
    if (!/^[^=]+=./.test(part)) throw new UsageError(`--partition ${part}: write it like the name of its folder, such as day=2025-01-01`)
}

type Outcome = Pick<DiscardRecord, 'rows' | 'reasons' | 'files'> & { discarded: boolean }

function print(outcome: Outcome, { json, dryRun }: Options): void {
  if (json) return terminal.printJson(outcome)
  if (outcome.rows === 0) return terminal.print('no such row is in quarantine')
  terminal.print(`${sentence(outcome)}${outcome.discarded ? ' discarded' : dryRun ? ' would be discarded' : '; nothing was discarded'}`)
  for (const [reason, rows] of Object.entries(outcome.reasons)) terminal.print(`  ${reason}  ${rows}`)
}

const sentence = ({ rows, files }: Outcome | Omit<Outcome, 'discarded'>) =>
  `${plural(rows, 'row')} in ${plural(files.length, 'quarantine file')}`
