import type { BackfillInput } from '../backfill/backfill.ts'
import { readFailure } from '../batch/failure.ts'
import { NEXT_COMMANDS as go } from '../command/next-command.ts'
import type { Alert } from './alert.ts'
import { consoleLinks } from './console-links.ts'
import type { BackfillFacts } from './facts.ts'

/** Every chunk of it succeeded. */
export const isWhole = ({ report: { chunks }, failure }: BackfillFacts) => chunks.succeeded === chunks.total && !failure

export function backfillMessage({ dataset, plan, report, failure }: BackfillFacts): string {
  const { total, succeeded, failed, notRun } = report.chunks
  const ended = `${dataset}: backfill ${plan.backfillId} ${failure ? 'failed' : 'finished'}`
  return `${ended}: ${succeeded} of ${total} chunks succeeded, ${failed} failed, ${notRun} did not run`
}

export function backfillDetails({ executionArn, plan, report, failure }: BackfillFacts): Partial<Alert> {
  const { total, succeeded, failed, notRun } = report.chunks
  const limit = `${plan.toleratedFailurePercentage}% may fail`
  return {
    observed: { chunks: total, succeeded, failed, notRun, limit, partitions: plan.partitions },
    rows: report.rows,
    ...(report.failed.length > 0 && {
      failedChunks: report.failed.map(
        ({ name, error, cause }) => `${name}: ${error} ${readFailure({ Error: error, Cause: cause }).message}`,
      ),
    }),
    ...(failure && { failure: readFailure(failure) }),
    links: consoleLinks({ executionArn }),
  }
}

/** The command that starts this backfill again; its partitions, range and reason make it the same one. */
export function backfillCommand({ dataset, input }: BackfillFacts): string[] {
  return go.backfill(dataset, input === undefined ? ['--all'] : optionsOf(input))
}

function optionsOf({ from, to, partitions = [], only, chunkSize, reason }: BackfillInput): string[] {
  const named = partitions.map((partition) =>
    typeof partition === 'string'
      ? partition
      : Object.entries(partition)
          .map(([key, value]) => `${key}=${value}`)
          .join('/'),
  )
  const range = [...(from ? ['--from', from] : []), ...(to ? ['--to', to] : [])]
  const which = named.length > 0 ? ['--partition', ...named] : range.length > 0 ? range : ['--all']
  return [...which, '--only', only, '--chunk-size', String(chunkSize), ...(reason ? ['--reason', reason] : [])]
}
