import { Command } from 'commander'
import { NEXT_COMMANDS, sluiceCommand } from '../../../functions/domain/command/next-command.ts'
import { plural } from '../../../functions/domain/words.ts'
import { type Dismissal, dismiss } from '../../../functions/use-cases/redrive/dismiss.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { quarantinedBatches } from '../../quarantine/quarantined-batches.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'
import { whoAsks } from '../../who.ts'

interface Options extends DeploymentOptions {
  reason: string
  dryRun?: boolean
  json?: boolean
}

export function dismissCommand(setExitCode: SetExitCode): Command {
  return withDeployment(new Command('dismiss'))
    .description('end a failed batch without running it again; who, when and why is recorded')
    .argument('<batch>', 'the id of a failed batch')
    .requiredOption('--reason <text>', 'why; recorded')
    .option('--dry-run', 'show what the command would do, and change nothing')
    .option('--json', 'print one object: {"dataset", "batchId", "dismissed", "because", "messagesRemoved", "quarantined"}')
    .addHelpText('after', '\nThe batch leaves `status` and the queue of failed batches. Its files stay in the raw bucket and in no table.')
    .addHelpText('after', 'To read them after all, run `sluice backfill` for their partitions.')
    .addHelpText(
      'after',
      helpExamples(
        'dismiss orders-20250101T000000Z-0a1b2c3d --reason "a test file" --dry-run',
        'dismiss orders-20250101T000000Z-0a1b2c3d --stage prod --reason "the supplier sent the day again"',
      ),
    )
    .addHelpText('after', '\nExit codes: 0 dismissed, also when it was before; 1 the batch has not failed; 2 bad usage.')
    .action(async (batchId: string, options: Options) => {
      const deployment = await connect(options)
      const { reason, dryRun = false } = options
      const dismissal = await dismiss({ batchId, by: await whoAsks(options), reason, dryRun }, deployment)
      if (dismissal === undefined)
        throw new UsageError(
          `stage "${options.stage}" has no batch "${batchId}"; ${sluiceCommand(NEXT_COMMANDS.status(), options)} lists what failed`,
        )
      if (dismissal.because !== undefined) setExitCode(1)
      const batches = await quarantinedBatches(dismissal.dataset, deployment, { batchId })
      const quarantined = batches.reduce((sum, { rows }) => sum + rows, 0)
      if (options.json) return terminal.printJson({ ...dismissal, because: dismissal.because ?? null, quarantined })
      print(dismissal, { ...options, quarantined })
    })
}

function print({ dataset, batchId, because, dismissed }: Dismissal, options: Options & { quarantined: number }): void {
  if (because !== undefined) return terminal.complain(`${batchId} is not dismissed: ${because}`)
  terminal.print(`${batchId} ${dismissed ? 'is dismissed' : 'would be dismissed'}; its files stay in the raw bucket`)
  if (options.quarantined === 0) return
  terminal.note(`${plural(options.quarantined, 'row')} that it quarantined are still in quarantine; to discard them as well:`)
  terminal.note(`  ${sluiceCommand(NEXT_COMMANDS.discardBatch(dataset, batchId, options.reason), options)}`)
}
