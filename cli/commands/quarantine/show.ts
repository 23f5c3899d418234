import { rm } from 'node:fs/promises'
import { Command } from 'commander'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import { fetchQuarantine } from '../../quarantine/fetch.ts'
import { type QuarantineSummary, quarantineScript } from '../../quarantine/python-script.ts'
import { terminal } from '../../terminal.ts'

const FILES_SHOWN = 5

export function showCommand(): Command {
  return withDeployment(new Command('show'))
    .description('quarantined rows of a dataset by rule, with examples and the files they came from')
    .argument('<dataset>')
    .option('--rule <rule>', 'only this rule')
    .option('--json', 'print one object: {"rows", "reasons": [{"reason", "rows", "files", "examples"}]}')
    .action(async (dataset: string, options: DeploymentOptions & { rule?: string; json?: boolean }) => {
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      const { folder } = await fetchQuarantine(dataset, deployment)
      const all = await quarantineScript<QuarantineSummary>('summary.py', folder)
      await rm(folder, { recursive: true })
      const reasons = all.reasons.filter(({ reason }) => options.rule === undefined || reason === options.rule)
      if (options.json) return terminal.printJson({ rows: all.rows, reasons })
      if (reasons.length === 0)
        return terminal.print(`nothing of ${dataset} stands in quarantine${options.rule ? ` for ${options.rule}` : ''}`)
      for (const reason of reasons) printReason(reason)
    })
}

function printReason({ reason, rows, files, examples }: QuarantineSummary['reasons'][number]): void {
  const { bold, dim, yellow } = terminal.colours
  terminal.print(`${yellow(reason)}  ${bold(String(rows))} ${rows === 1 ? 'row' : 'rows'}`)
  for (const [file, count] of Object.entries(files).slice(0, FILES_SHOWN)) terminal.print(dim(`  ${count} from ${file}`))
  for (const example of examples) {
    const values = Object.entries(example).map(([name, value]) => `${name}=${value === null ? 'NULL' : JSON.stringify(value)}`)
    terminal.print(`  ${values.join('  ')}`)
  }
}
