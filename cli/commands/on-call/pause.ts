import { Command } from 'commander'
import { NEXT_COMMANDS, sluiceCommand } from '../../../functions/domain/command/next-command.ts'
import { pauseSentence } from '../../../functions/domain/landing/pause.ts'
import { pauseDataset } from '../../../functions/use-cases/intake/pause-dataset.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'
import { whoAsks } from '../../who.ts'

export function pauseCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('pause'))
    .description('hold a dataset: what lands is recorded, and no crawl and no batch of it starts until you resume')
    .argument('<dataset>')
    .option('--reason <text>', 'reason to record, for those who see it in status and report')
    .addHelpText('after', '\nA crawl or batch that runs goes on. What you start yourself still runs: backfill, redrive, replay, compact.')
    .addHelpText('after', helpExamples('pause orders --stage prod --reason "the source is repaired today"', 'pause orders --local'))
    .addHelpText('after', '\nExit codes: 0 success, also when it was paused before; 2 bad usage.')
    .action(async (dataset: string, options: DeploymentOptions & { reason?: string }) => {
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      const asked = { by: await whoAsks(options), ...(options.reason && { reason: options.reason }) }
      const pause = await pauseDataset(dataset, asked, { ...deployment, settings: {} })
      terminal.print(`${dataset} is paused ${pauseSentence(pause)}`)
      terminal.print(terminal.colours.dim(`start what waits: ${sluiceCommand(NEXT_COMMANDS.resume(dataset), options)}`))
    })
}
