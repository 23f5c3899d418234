import { Command } from 'commander'
import { type RedriveStep, redrive } from '../../../functions/use-cases/redrive/redrive.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'

export function redriveCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('redrive'))
    .description('run failed batches again: from the failed step, or from the start where that is not possible')
    .argument('[batch]', 'one batch by its id; without it, every failed batch')
    .option('--dataset <dataset>', 'only batches of this dataset')
    .option('--dry-run', 'show what the command would do, and change nothing')
    .option('--json', 'print one object: {"steps": [...], "messagesRemoved"}')
    .addHelpText('after', helpExamples('redrive --dataset orders --dry-run', 'redrive orders-20250101T000000Z-0a1b2c3d --stage prod'))
    .addHelpText('after', '\nExit codes: 0 success, also when there was nothing to do; 2 bad usage.')
    .action(async (batchId: string | undefined, options: DeploymentOptions & { dataset?: string; dryRun?: boolean; json?: boolean }) => {
      const deployment = await connect(options)
      if (options.dataset) await datasetsOf(deployment, options.dataset)
      const request = { dryRun: options.dryRun ?? false, ...(batchId && { batchId }), ...(options.dataset && { dataset: options.dataset }) }
      const report = await redrive(request, deployment)
      if (options.json) return terminal.printJson(report)
      if (report.steps.length === 0) return terminal.print(batchId ? `${batchId} is not a failed batch` : 'no batch has failed')
      for (const step of report.steps) printStep(step, request.dryRun)
    })
}

function printStep({ batchId, action, because }: RedriveStep, dryRun: boolean): void {
  const { bold, dim } = terminal.colours
  const done = { redrive: 'goes on where it was cut off', 'new-execution': 'runs again from its start', nothing: 'is left alone' }[action]
  terminal.print(`${bold(batchId)} ${dryRun && action !== 'nothing' ? `would: ${done}` : done} ${dim(`(${because})`)}`)
}
