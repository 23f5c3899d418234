import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { datasetsOf } from '../batches/dataset-status.ts'
import { connect } from '../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../deployment/options.ts'
import type { SetExitCode } from '../program.ts'
import { renderReport } from '../report/render.ts'
import { collectReport } from '../report/report-data.ts'
import { terminal } from '../terminal.ts'

export function reportCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('report'))
    .description('write one self-contained HTML page: is my data good and fresh?')
    .argument('[dataset]')
    .option('--output <file>', 'page to write', 'sluice-report.html')
    .option('--json', 'print what the page is drawn from, and write no page')
    .addHelpText('after', '\nExit codes: 0 well, 2 bad usage.')
    .action(async (wanted: string | undefined, options: DeploymentOptions & { output: string; json?: boolean }) => {
      const deployment = await connect(options)
      const data = await collectReport(deployment, await datasetsOf(deployment, wanted))
      if (options.json) return terminal.printJson(data)
      await writeFile(options.output, renderReport(data))
      const batches = data.datasets.reduce((sum, dataset) => sum + dataset.batches.length, 0)
      terminal.print(`${options.output} written: ${data.datasets.length} datasets, ${batches} batches`)
    })
}
