import { Command } from 'commander'
import { type RedriveStep, redrive } from '../../functions/use-cases/redrive/redrive.ts'
import { datasetsOf } from '../batches/dataset-status.ts'
import { connect } from '../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../deployment/options.ts'
import type { SetExitCode } from '../exit-code.ts'
import { terminal } from '../terminal.ts'

export function redriveCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('redrive'))
    .description('run failed batches again: where they were cut off, or from the start when that cannot be')
    .argument('[batch]', 'one batch by its id; without it, every failed batch')
    .option('--dataset <dataset>', 'only batches of this dataset')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'print one object: {"steps": [...], "messagesRemoved"}')
    .addHelpText('after', '\nExit codes: 0 well, also when there was nothing to do; 2 bad usage.')
    .action(async (batchId: string | undefined, options: DeploymentOptions & { dataset?: string; dryRun?: boolean; json?: boolean }) => {
      const deployment = await connect(options)
      if (options.dataset) await datasetsOf(deployment, options.dataset)
      const request = { dryRun: options.dryRun ?? false, ...(batchId && { batchId }), ...(options.dataset && { dataset: options.dataset }) }
      const report = await redrive(request, deployment)
      if (options.json) return terminal.printJson(report)
      if (report.steps.length === 0) return terminal.print(batchId ? `${batchId} is none of the failed batches` : 'no batch has failed')
      for (const step of report.steps) printStep(step, request.dryRun)
    })
}

function printStep({ batchId, action, because }: RedriveStep, dryRun: boolean): void {
  const { bold, dim } = terminal.colours
  const done = { redrive: 'goes on where it was cut off', 'new-execution': 'runs again from its start', nothing: 'is left alone' }[action]
  terminal.print(`${bold(batchId)} ${dryRun && action !== 'nothing' ? `would: ${done}` : done} ${dim(`(${because})`)}`)
}
