import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { Command } from 'commander'
import { snsAlertTopic } from '../../../functions/adapters/messaging/alert-topic.ts'
import { compose } from '../../../functions/domain/alert/compose.ts'
import { alertMessage } from '../../../functions/domain/alert/message.ts'
import { InvalidInputError, LeaseUnavailableError } from '../../../functions/domain/errors.ts'
import { plural } from '../../../functions/domain/words.ts'
import { previewRollback, rollBack } from '../../../functions/use-cases/batch/publish/roll-back.ts'
import { noteRollback } from '../../../functions/use-cases/gold/note-rollback.ts'
import { isConfirmed } from '../../ask.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'
import { printBatch, requireIceberg } from './history.ts'

interface Options extends DeploymentOptions {
  to: string
  reason?: string
  dryRun?: boolean
  yes?: boolean
  json?: boolean
}

export function rollbackCommand(setExitCode: SetExitCode): Command {
  return withDeployment(new Command('rollback'))
    .description('move an Iceberg table back to where it was after a batch')
    .argument('<dataset>')
    .requiredOption('--to <batch>', 'the last batch whose rows stay')
    .option('--reason <text>', 'reason to record')
    .option('--dry-run', 'show the batches whose rows would go; change nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'print one object: {"plan"} or {"plan", "rollback"}; needs --yes or --dry-run')
    .addHelpText(
      'after',
      '\nReaders see the older table at once. Files that landed for later batches stay in the raw bucket: a backfill reads them again\n' +
        'when their cause is repaired. A gold dataset is computed anew by its next batch. You cannot go forward again to a later batch.',
    )
    .addHelpText(
      'after',
      helpExamples(
        'rollback orders --to orders-20250101T000000Z-0a1b2c3d --dry-run',
        'rollback orders --to orders-20250101T000000Z-0a1b2c3d --stage prod --yes',
      ),
    )
    .addHelpText('after', '\nExit codes: 0 success, also when the table is there already; 1 a batch is under way; 2 bad usage.')
    .action(async (dataset: string, options: Options) => {
      if (options.json && !options.yes && !options.dryRun) throw new UsageError('--json does not ask: give --yes or --dry-run as well')
      const deployment = await connect(options)
      const { gold } = await requireIceberg(dataset, deployment)
      const deps = { ...deployment, newUuid: randomUUID }
      const plan = await previewRollback(dataset, options.to, deps).catch((error) => {
        throw error instanceof InvalidInputError ? new UsageError(error.message) : error
      })
      if (!options.json) {
        terminal.print(
          plan.undone.length === 0
            ? `the table is at ${options.to} already`
            : `Rows of ${plural(plan.undone.length, 'batch', 'batches')} go:`,
        )
        for (const batch of plan.undone) printBatch(batch)
      }
      if (options.dryRun || plan.undone.length === 0) return options.json ? terminal.printJson({ plan }) : undefined
      if (!options.yes && !(await isConfirmed(`Move ${dataset} back to ${options.to}?`))) return terminal.print('not changed')
      const request = {
        dataset,
        batchId: options.to,
        by: userInfo().username,
        reason: options.reason ?? 'rollback by command',
        isGold: gold !== undefined,
      }
      try {
        const rollback = await rollBack(request, deps)
        const readers = await noteRollback(rollback, deployment)
        const alert = compose('rolled-back', { ...rollback, target: { stage: options.stage } })
        await snsAlertTopic(deployment.alertTopicArn).publish(alertMessage(alert))
        if (options.json) return terminal.printJson({ plan, rollback })
        terminal.print(`${dataset} is as it was after ${options.to}`)
        if (gold) terminal.print('Its next batch computes the whole table anew, by the query of its contract.')
        if (readers.length > 0) terminal.print(`Within a quarter of an hour, gold that is made of it follows: ${readers.join(', ')}`)
      } catch (error) {
        if (!(error instanceof LeaseUnavailableError)) throw error
        terminal.complain(error.message)
        setExitCode(1)
      }
    })
}
