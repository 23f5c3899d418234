import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { endedWith } from '../../functions/domain/batch/failure.ts'
import { compactTime } from '../../functions/domain/names.ts'
import type { Deployment } from '../deployment/connect.ts'
import { waitForExecution } from '../deployment/wait.ts'
import type { SetExitCode } from '../exit-code.ts'
import { startProgress } from '../run/progress.ts'
import { terminal } from '../terminal.ts'
import { batchOfExecution } from './manual-batch.ts'

/** What a command calls its batch: in the execution's name, while it runs, and when it has failed. */
interface Words {
  verb: string
  doing: string
  noun: string
}

/**
 * Starts a batch by the ingest machine, follows it to its end, and prints what came of it; exit 1 unless it succeeded. `plan` is what the
 * command has shown before, for `--json`.
 */
export async function runByHand(
  words: Words,
  input: { dataset: string; source: string; reason: string },
  plan: object,
  deployment: Deployment,
  { json, setExitCode }: { json: boolean | undefined; setExitCode: SetExitCode },
): Promise<void> {
  const { dataset } = input
  const name = `${dataset}-${words.verb}-${compactTime(deployment.clock.now().toISOString())}-${randomBytes(4).toString('hex')}`
  const executionArn = await deployment.executions.start(deployment.ingestStateMachineArn, name, {
    ...input,
    requestedBy: userInfo().username,
  })
  const progress = startProgress()
  const batchId = await batchOfExecution(dataset, executionArn, deployment)
  progress.step(`${words.doing} as batch ${batchId}`)
  const ended = await waitForExecution(executionArn, deployment)
  progress.done()
  const finding = (JSON.parse(ended.output ?? '{}') as { finding?: string }).finding ?? null
  const failure = ended.error && { error: ended.error, cause: ended.cause ?? null }
  if (json) terminal.printJson({ plan, batchId, status: ended.status, finding, executionArn, ...failure })
  else if (ended.status === 'SUCCEEDED') terminal.print(finding ?? 'done')
  else terminal.complain(`the ${words.noun} failed: ${endedWith(ended)}`)
  if (ended.status !== 'SUCCEEDED') setExitCode(1)
}
