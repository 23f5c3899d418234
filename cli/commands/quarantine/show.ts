import { Command } from 'commander'
import { plural } from '../../../functions/domain/words.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import { naturalNumber } from '../../numbers.ts'
import { exampleRows } from '../../quarantine/examples.ts'
import { standingBatches, totalOf } from '../../quarantine/standing.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

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
    .description('quarantined rows of a dataset by rule, with examples and the files they came from')
    .argument('<dataset>')
    .option('--rule <rule>', 'only this rule')
    .option('--batch <batch>', 'only what this batch has set aside')
    .option('--partition <key=value...>', 'only these raw partitions')
    .option('--examples <number>', 'rows to show of each rule; 0 fetches no file for them', naturalNumber, 3)
    .option('--json', 'print one object: {"rows", "rowsLookedAt", "reasons": [{"reason", "rows", "files", "examples"}]}')
    .addHelpText('after', '\nRows are counted in full. Examples and files are of the newest rows, as many as had to be looked at.')
    .addHelpText('after', '\nExit codes: 0 well, 2 bad usage.')
    .action(async (dataset: string, options: Options) => {
      for (const part of options.partition ?? [])
        if (!/^[^=]+=./.test(part)) throw new UsageError(`--partition ${part}: write it as its folder is named, such as day=2025-01-01`)
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      const { batch, partition } = options
      const batches = await standingBatches(dataset, deployment, { ...(batch && { batchId: batch }), ...(partition && { partition }) })
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
        terminal.note(`files and examples are of the newest ${looked.rows} of ${total.rows} quarantined rows`)
    })
}

function nothing(dataset: string, { rule, batch, partition }: Options, others: string[]): string {
  const where = [dataset, ...(batch ? [`of batch ${batch}`] : []), ...(partition ? [`in ${partition.join('/')}`] : [])].join(' ')
  if (rule === undefined || others.length === 0) return `nothing of ${where} stands in quarantine`
  return `nothing of ${where} stands in quarantine for ${rule}; there is ${others.join(', ')}`
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
