import { Command } from 'commander'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import { helpExamples } from '../../help-examples.ts'
import { standingBatches, totalOf } from '../../quarantine/standing.ts'
import { plainTable } from '../../run/run-table.ts'
import { terminal } from '../../terminal.ts'

export function listCommand(): Command {
  return withDeployment(new Command('list'))
    .description('count the rows in quarantine, by dataset and rule')
    .argument('[dataset]')
    .option('--json', 'print one object: {"datasets": [{"dataset", "rows", "reasons": {...}}]}')
    .addHelpText('after', helpExamples('quarantine list --local', 'quarantine list orders --stage prod --json'))
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage.')
    .action(async (wanted: string | undefined, options: DeploymentOptions & { json?: boolean }) => {
      const deployment = await connect(options)
      const datasets: { dataset: string; rows: number; reasons: Record<string, number> }[] = []
      for (const dataset of await datasetsOf(deployment, wanted)) {
        datasets.push({ dataset, ...totalOf(await standingBatches(dataset, deployment)) })
      }
      if (options.json) return terminal.printJson({ datasets })
      const { bold } = terminal.colours
      const table = plainTable([bold('dataset'), bold('rows'), bold('reason'), bold('rows with it')], [1, 3])
      for (const { dataset, rows, reasons } of datasets) {
        const entries = Object.entries(reasons)
        table.push([dataset, rows, entries[0]?.[0] ?? '', entries[0]?.[1] ?? ''])
        for (const [reason, count] of entries.slice(1)) table.push(['', '', reason, count])
      }
      terminal.print(table.toString().replaceAll(/ +$/gm, ''))
    })
}
