import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { Command } from 'commander'
import { endedWith } from '../../../functions/domain/batch/failure.ts'
import { compactTime } from '../../../functions/domain/names.ts'
import { plural } from '../../../functions/domain/words.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import { waitForExecution } from '../../deployment/wait.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

interface Options extends DeploymentOptions {
  now?: boolean
  all?: boolean
  from?: string
  to?: string
  reason?: string
  json?: boolean
}

export function extractCommand(setExitCode: SetExitCode): Command {
  return withDeployment(new Command('extract'))
    .description("read a dataset's database now, and wait until its rows have landed; their batch follows")
    .argument('<dataset>')
    .option('--now', 'what has changed since the last extract that is published')
    .option('--all', 'the whole table')
    .option('--from <value>', 'rows from this value of the watermark on, as the database writes it')
    .option('--to <value>', 'rows up to this value of the watermark, included')
    .option('--reason <text>', 'reason to record with the extract')
    .option('--json', 'print one object: {"status", "extractId", "rows", "objects"} or {"status", "error"}')
    .addHelpText('after', '\nGive one of --now, --all, or --from and --to (or one of them). A window moves no watermark: the next extract')
    .addHelpText('after', 'begins where it would have begun. Rows that come again change nothing.')
    .addHelpText(
      'after',
      helpExamples('extract orders --now', 'extract orders --from "2025-01-01 00:00:00+00" --to "2025-02-01 00:00:00+00" --stage prod'),
    )
    .addHelpText('after', '\nExit codes: 0 landed, or another extract of the dataset runs; 1 the extract failed, 2 bad usage.')
    .action(async (dataset: string, options: Options) => {
      const { now, all, from, to, reason } = options
      if ([now, all, from !== undefined || to !== undefined].filter(Boolean).length !== 1)
        throw new UsageError('say what to extract in one way: --now, --all, or --from and --to (or one of them)')
      const deployment = await connect(options)
      await datasetsOf(deployment, dataset)
      if ((await deployment.contracts.find(dataset))?.source.jdbc === undefined)
        throw new UsageError(`dataset ${dataset} has no source.jdbc, so there is no database to extract it from`)
      const name = `${dataset}-extract-${compactTime(deployment.clock.now().toISOString())}-${randomBytes(4).toString('hex')}`
      const input = { dataset, ...(all && { all }), ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
      const arn = await deployment.executions.start(deployment.extractStateMachineArn, name, {
        ...input,
        ...(reason && { reason }),
        requestedBy: userInfo().username,
      })
      const ended = await waitForExecution(arn, deployment)
      const { skipped, ...landed } = JSON.parse(ended.output ?? '{}') as Landed
      const failed = ended.status !== 'SUCCEEDED'
      if (options.json)
        terminal.printJson({ status: ended.status, ...landed, ...(skipped && { skipped }), ...(failed && { error: endedWith(ended) }) })
      else if (skipped) terminal.print(`${dataset}: ${skipped}; nothing was started`)
      else if (!failed)
        terminal.print(
          `${dataset}: extract ${landed.extractId} landed ${plural(landed.rows ?? 0, 'row')} in ${plural(landed.objects ?? 0, 'file')}`,
        )
      else terminal.complain(`the extract failed: ${endedWith(ended)}`)
      if (failed) setExitCode(1)
    })
}

interface Landed {
  extractId?: string
  rows?: number
  objects?: number
  skipped?: string
}
