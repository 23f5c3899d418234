import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { kindChanges } from '../../functions/domain/batch/table-kind.ts'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { compactTime, curatedPrefix } from '../../functions/domain/names.ts'
import { plural } from '../../functions/domain/words.ts'
import { readTableKind } from '../../functions/use-cases/batch/prepare/changed-table.ts'
import { isConfirmed } from '../ask.ts'
import { datasetsOf } from '../batches/dataset-status.ts'
import { connect, type Deployment } from '../deployment/connect.ts'
import type { DeploymentOptions } from '../deployment/options.ts'
import { waitForExecution } from '../deployment/wait.ts'
import type { SetExitCode } from '../exit-code.ts'
import { startProgress } from '../run/progress.ts'
import { terminal } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'

interface Options extends DeploymentOptions {
  from?: string
  to?: string
  partition?: string[]
  all?: boolean
  chunkSize?: number
  reason?: string
  dryRun?: boolean
  yes?: boolean
  json?: boolean
}

/** What a rebuild is about: the files that go, and how the contract differs from them. */
interface RebuildPlan {
  files: number
  bytes: number
  changes: string[]
}

/** All of raw is read, staged and judged as one batch; then its rows replace the whole table. */
export async function rebuildTable(dataset: string, options: Options, setExitCode: SetExitCode): Promise<void> {
  if (options.from || options.to || options.partition || options.all || options.chunkSize)
    throw new UsageError('--rebuild reads all of raw in one batch: leave out --from, --to, --partition, --all and --chunk-size')
  const deployment = await connect(options)
  await datasetsOf(deployment, dataset)
  const plan = await planOf((await deployment.contracts.find(dataset)) as Contract, deployment)
  if (!options.json) printPlan(dataset, plan)
  if (options.dryRun) return options.json ? terminal.printJson({ plan }) : undefined
  if (!options.yes && !(await isConfirmed('Rebuild the table?'))) return terminal.print('not started')
  const name = `${dataset}-rebuild-${compactTime(deployment.clock.now().toISOString())}-${randomBytes(4).toString('hex')}`
  const executionArn = await deployment.executions.start(deployment.ingestStateMachineArn, name, {
    dataset,
    source: 'raw',
    rebuild: true,
    requestedBy: userInfo().username,
    reason: options.reason ?? 'rebuild by command',
  })
  const progress = startProgress()
  progress.step(`rebuilding as ${name}`)
  const ended = await waitForExecution(executionArn, deployment)
  progress.done()
  const output = JSON.parse(ended.output ?? '{}') as { finding?: string; rows?: { written: number } }
  const failure = ended.error && { error: ended.error, cause: ended.cause ?? null }
  if (options.json) terminal.printJson({ plan, status: ended.status, rows: output.rows ?? null, executionArn, ...failure })
  else if (ended.status === 'SUCCEEDED') terminal.print(`${output.rows?.written ?? 0} rows are in the table now; ${output.finding ?? ''}`)
  else terminal.complain(`the rebuild ended as ${ended.status}: ${ended.error ?? ''} ${ended.cause ?? ''}`)
  if (ended.status !== 'SUCCEEDED') setExitCode(1)
}

async function planOf(contract: Contract, { lake }: Deployment): Promise<RebuildPlan> {
  const kind = await readTableKind(contract.dataset, lake)
  let files = 0
  let bytes = 0
  for await (const page of lake.list(curatedPrefix(contract.dataset))) {
    files += page.length
    bytes += page.reduce((sum, { size }) => sum + size, 0)
  }
  return { files, bytes, changes: kind ? kindChanges(kind, contract) : [] }
}

function printPlan(dataset: string, { files, bytes, changes }: RebuildPlan): void {
  terminal.print(
    `One batch reads all of raw; its rows replace the ${plural(files, 'file', 'files')} (${(bytes / 1e6).toFixed(1)} MB) of ${dataset}.`,
  )
  for (const change of changes) terminal.print(`  ${change}`)
  terminal.print('  The new table has no rows of files that are no longer in raw.')
}
