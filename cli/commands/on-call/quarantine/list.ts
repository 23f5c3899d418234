import { Command } from 'commander'
import { plural } from '../../../../functions/domain/words.ts'
import { datasetsOf } from '../../../batches/dataset-status.ts'
import { connect, type Deployment } from '../../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../../deployment/options.ts'
import { helpExamples } from '../../../help-examples.ts'
import { discardsOf } from '../../../quarantine/discard.ts'
import { quarantinedBatches, totalOf } from '../../../quarantine/quarantined-batches.ts'
import { plainTable } from '../../../run/run-table.ts'
import { terminal } from '../../../terminal.ts'

export function listCommand(): Command {
  return withDeployment(new Command('list'))
    .description('count the rows in quarantine, by dataset and rule')
    .argument('[dataset]')
    .option('--discarded', 'show instead who discarded rows, when and why')
    .option('--json', 'print one object: {"datasets": [{"dataset", "rows", "reasons": {...}}]}; with --discarded {"discards": [...]}')
    .addHelpText('after', helpExamples('quarantine list --local', 'quarantine list orders --stage prod --json'))
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage.')
    .action(async (wanted: string | undefined, options: DeploymentOptions & { discarded?: boolean; json?: boolean }) => {
      const deployment = await connect(options)
      if (options.discarded) return listDiscards(await datasetsOf(deployment, wanted), deployment, options.json)
      const datasets: { dataset: string; rows: number; reasons: Record<string, number> }[] = []
      for (const dataset of await datasetsOf(deployment, wanted)) {
        datasets.push({ dataset, ...totalOf(await quarantinedBatches(dataset, deployment)) })
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

async function listDiscards(datasets: string[], deployment: Deployment, json?: boolean): Promise<void> {
  const discards = (await Promise.all(datasets.map((dataset) => discardsOf(dataset, deployment)))).flat()
  if (json) return terminal.printJson({ discards })
  if (discards.length === 0) return terminal.print('nothing was discarded')
  const { bold, dim } = terminal.colours
  for (const { dataset, at, by, reason, rows, reasons, selection } of discards) {
    terminal.print(`${bold(dataset)}  ${plural(rows, 'row')}, ${at.slice(0, 19)}, by ${by}: ${reason}`)
    const selected = Object.entries(selection).map(([name, value]) => `${name} ${[value].flat().join(' ')}`)
    const counts = Object.entries(reasons).map(([name, count]) => `${name} ${count}`)
    terminal.print(dim(`  ${selected.join(', ') || 'every row'}; ${counts.join(', ')}`))
  }
}
