import { Command } from 'commander'
import { pauseSentence } from '../../../functions/domain/landing/pause.ts'
import { unpauseDataset } from '../../../functions/use-cases/intake/pause-dataset.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'

export function resumeCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('resume'))
    .description('end the pause of a dataset, and start what has landed meanwhile')
    .argument('<dataset>')
    .addHelpText('after', helpExamples('resume orders --stage prod', 'resume orders --local'))
    .addHelpText('after', '\nExit codes: 0 success, also when it was not paused; 2 bad usage.')
    .action(async (dataset: string, options: DeploymentOptions) => {
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      const ended = await unpauseDataset(dataset, { ...deployment, settings: {} })
      terminal.print(ended ? `${dataset} goes on; it was paused ${pauseSentence(ended)}` : `${dataset} was not paused`)
    })
}
