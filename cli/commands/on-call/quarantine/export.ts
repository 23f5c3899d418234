import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { datasetsOf } from '../../../batches/dataset-status.ts'
import { connect } from '../../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../../deployment/options.ts'
import { helpExamples } from '../../../help-examples.ts'
import { withQuarantine } from '../../../quarantine/fetch.ts'
import { quarantineScript } from '../../../quarantine/python-script.ts'
import { terminal } from '../../../terminal.ts'

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
    .description('write quarantined rows to a file, unchanged and with their reasons')
    .argument('<dataset>')
    .requiredOption('--output <file>', 'file to write')
    .addOption(new Option('--format <format>', 'format of the file').choices(['csv', 'jsonl']).default('csv'))
    .option('--rule <rule>', 'only rows that break this rule')
    .option('--raw', 'CSV without added apostrophes: for a program, not for a spreadsheet')
    .option('--json', 'print one object: {"output", "rows", "markedCells"}')
    .addHelpText(
      'after',
      '\nA spreadsheet runs a cell that starts with = + - @ or a tab as a formula. In CSV such a cell, unless it is a number,',
    )
    .addHelpText('after', 'gets an apostrophe in front. --raw and --format jsonl add none.')
    .addHelpText(
      'after',
      helpExamples(
        'quarantine export orders --output repair.csv',
        'quarantine export orders --stage prod --output repair.jsonl --format jsonl',
      ),
    )
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage.')
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
        terminal.note(`${marked} cells that a spreadsheet would run as a formula start with an apostrophe; --raw leaves it out`)
    })
}
