import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import { withQuarantine } from '../../quarantine/fetch.ts'
import { quarantineScript } from '../../quarantine/python-script.ts'
import { terminal } from '../../terminal.ts'

interface Options extends DeploymentOptions {
  output: string
  format: 'csv' | 'jsonl'
  rule?: string
  raw?: boolean
  json?: boolean
}

interface Exported {
  rows: number
  /** Cells that were marked as text. */
  marked: number
}

export function exportCommand(): Command {
  return withDeployment(new Command('export'))
    .description('write quarantined rows to a file, as they were read and with their reasons')
    .argument('<dataset>')
    .requiredOption('--output <file>', 'file to write')
    .addOption(new Option('--format <format>', 'of the file').choices(['csv', 'jsonl']).default('csv'))
    .option('--rule <rule>', 'only rows that break this rule')
    .option('--raw', 'CSV exactly as it was read: for a program, not for a spreadsheet')
    .option('--json', 'print one object: {"output", "rows", "markedCells"}')
    .addHelpText(
      'after',
      '\nIn CSV, a cell that begins with = + - @ or a tab, and is no number, gets an apostrophe in front: a spreadsheet would',
    )
    .addHelpText('after', 'run it as a formula, and what it holds came from outside. --raw and --format jsonl change nothing.')
    .action(async (dataset: string, options: Options) => {
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      const output = resolve(options.output)
      const kind = options.format === 'csv' && options.raw ? 'csv-raw' : options.format
      const { rows, marked } = await withQuarantine(dataset, deployment, (folder) =>
        quarantineScript<Exported>('export.py', folder, kind, output, ...(options.rule ? [options.rule] : [])),
      )
      if (options.json) return terminal.printJson({ output, rows, markedCells: marked })
      terminal.print(`${rows} rows written to ${options.output}`)
      if (marked > 0)
        terminal.note(`${marked} cells that a spreadsheet would run as a formula begin with an apostrophe there; --raw leaves it out`)
    })
}
