import { Command } from 'commander'
import { plural } from '../../../../functions/domain/words.ts'
import { datasetsOf } from '../../../batches/dataset-status.ts'
import { connect } from '../../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../../deployment/options.ts'
import { helpExamples } from '../../../help-examples.ts'
import { naturalNumber } from '../../../numbers.ts'
import { exampleRows } from '../../../quarantine/examples.ts'
import { quarantinedBatches, totalOf } from '../../../quarantine/quarantined-batches.ts'
import { terminal } from '../../../terminal.ts'
import { UsageError } from '../../../usage-error.ts'

const FILES_SHOWN = 5

interface Options extends DeploymentOptions {
  rule?: string
  batch?: string
  partition?: string[]
  examples: number
  json?: boolean
}

interface Shown {
  reason: string
  rows: number
  files: Record<string, number>
  examples: Record<string, string | null>[]
}

export function showCommand(): Command {
  return withDeployment(new Command('show'))
    .description('show the quarantined rows of a dataset by rule, with examples and their source files')
    .argument('<dataset>')
    .option('--rule <rule>', 'only this rule')
    .option('--batch <batch>', 'only rows that this batch quarantined')
    .option('--partition <key=value...>', 'only these raw partitions')
    .option('--examples <number>', 'rows to show for each rule; with 0, the command reads no file', naturalNumber, 3)
    .option('--json', 'print one object: {"rows", "rowsLookedAt", "reasons": [{"reason", "rows", "files", "examples"}]}')
    .addHelpText('after', '\nThe counts cover all rows. Examples and files come from the newest rows only.')
    .addHelpText(
      'after',
      helpExamples('quarantine show orders --local', 'quarantine show orders --stage prod --rule invalid_type:amount --examples 10'),
    )
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage.')
    .action(async (dataset: string, options: Options) => {
      for (const part of options.partition ?? [])
        if (!/^[^=]+=./.test(part))
          throw new UsageError(`--partition ${part}: write it like the name of its folder, such as day=2025-01-01`)
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      const { batch, partition } = options
      const batches = await quarantinedBatches(dataset, deployment, { ...(batch && { batchId: batch }), ...(partition && { partition }) })
      const total = totalOf(batches)
      const wanted = Object.keys(total.reasons).filter((reason) => options.rule === undefined || reason === options.rule)
      const looked = await exampleRows(batches, { wanted, examples: options.examples }, deployment)
      const reasons = wanted.map((reason): Shown => {
        const found = looked.reasons.find((each) => each.reason === reason)
        return { reason, rows: total.reasons[reason] ?? 0, files: found?.files ?? {}, examples: found?.examples ?? [] }
      })
      if (options.json) return terminal.printJson({ rows: total.rows, rowsLookedAt: looked.rows, reasons })
      if (reasons.length === 0) return terminal.print(nothing(dataset, options, Object.keys(total.reasons)))
      for (const reason of reasons) printReason(reason)
      if (looked.rows > 0 && looked.rows < total.rows)
        terminal.note(`files and examples come from the newest ${looked.rows} of ${total.rows} quarantined rows`)
    })
}

function nothing(dataset: string, { rule, batch, partition }: Options, others: string[]): string {
  const where = [dataset, ...(batch ? [`of batch ${batch}`] : []), ...(partition ? [`in ${partition.join('/')}`] : [])].join(' ')
  if (rule === undefined || others.length === 0) return `no rows of ${where} in quarantine`
  return `no rows of ${where} in quarantine for ${rule}; there is ${others.join(', ')}`
}

function printReason({ reason, rows, files, examples }: Shown): void {
  const { bold, dim, yellow } = terminal.colours
  terminal.print(`${yellow(reason)}  ${bold(plural(rows, 'row'))}`)
  for (const [file, count] of Object.entries(files).slice(0, FILES_SHOWN)) terminal.print(dim(`  ${count} from ${file}`))
  for (const example of examples) {
    const values = Object.entries(example).map(([name, value]) => `${name}=${value === null ? 'NULL' : JSON.stringify(value)}`)
    terminal.print(`  ${values.join('  ')}`)
  }
}
