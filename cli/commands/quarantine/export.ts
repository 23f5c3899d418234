import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import { fetchQuarantine } from '../../quarantine/fetch.ts'
import { quarantineScript } from '../../quarantine/python-script.ts'
import { terminal } from '../../terminal.ts'

interface Options extends DeploymentOptions {
  output: string
  format: 'csv' | 'jsonl'
  rule?: string
  json?: boolean
}

export function exportCommand(): Command {
  return withDeployment(new Command('export'))
    .description('write quarantined rows to a file, as they were read and with their reasons')
    .argument('<dataset>')
    .requiredOption('--output <file>', 'file to write')
    .addOption(new Option('--format <format>', 'of the file').choices(['csv', 'jsonl']).default('csv'))
    .option('--rule <rule>', 'only rows that break this rule')
    .option('--json', 'print one object: {"output", "rows"}')
    .action(async (dataset: string, options: Options) => {
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      const { folder } = await fetchQuarantine(dataset, deployment)
      const output = resolve(options.output)
      const rows = await quarantineScript<number>('export.py', folder, options.format, output, ...(options.rule ? [options.rule] : []))
      await rm(folder, { recursive: true })
      if (options.json) terminal.printJson({ output, rows })
      else terminal.print(`${rows} rows written to ${options.output}`)
    })
}
