import { rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { makePrivateFolder } from '../../laptop/pipeline/work-folder.ts'
import { type PipelineEvent, startPipeline } from '../../laptop/pipeline.ts'
import { checkContracts } from '../contracts/check-contracts.ts'
import { announceLocal, findLocal, shellFile, upFolder, withdrawLocal } from '../deployment/local-connection.ts'
import type { SetExitCode } from '../exit-code.ts'
import { noteProblems } from '../problem-list.ts'
import { readWave, tellPassedOver } from '../run/input-waves.ts'
import { printable, terminal } from '../terminal.ts'
import { serveLiveReport } from '../up/live-report.ts'
import { watchFolder } from '../up/watched-folder.ts'
import { UsageError } from '../usage-error.ts'

const LOOK_EVERY_MS = 1000

interface Options {
  contracts: string
  folder: string
  fresh?: boolean
}

export function upCommand(setExitCode: SetExitCode): Command {
  return new Command('up')
    .description('keep a pipeline running on this machine and watch a folder: drop a file, see it flow')
    .option('--contracts <folder>', 'folder of contracts', 'datasets')
    .option('--folder <folder>', 'watched; files as <folder>/<dataset>/<partition folders>/<file>', 'landing')
    .option('--fresh', 'forget everything that earlier starts have left: tables, ledger, quarantine, history')
    .addHelpText('after', '\nOther commands reach it with --local. It goes on where it stopped, whichever way it was stopped:')
    .addHelpText('after', 'tables and history stand, a batch that was under way is finished, and files that were put into the')
    .addHelpText('after', 'folder meanwhile are landed. A file that has landed is not landed again until it changes.')
    .addHelpText('after', '\nExit codes: 2 bad contract, 130 stopped with Ctrl-C.')
    .action(async (options: Options) => {
      refuseSecond()
      const { contracts, problems } = await checkContracts(options.contracts)
      if (problems.length > 0) {
        noteProblems(problems)
        return setExitCode(2)
      }
      const folder = resolve(options.folder)
      for (const { dataset } of contracts) await mkdir(join(folder, dataset), { recursive: true })
      const stateDir = join(upFolder, 'state')
      if (options.fresh) await rm(stateDir, { recursive: true, force: true })
      terminal.note('Starting AWS and Spark on this machine')
      process.once('exit', withdrawLocal)
      const pipeline = await startPipeline({ contractsDir: options.contracts, workDir: upFolder, stateDir, onEvent: tell })
      const { endpoint, accessKeyId } = pipeline
      announceLocal({ endpoint, accessKeyId, region: 'us-east-1', stage: 'dev', pid: process.pid })
      const report = (await serveLiveReport()) ?? 'could not be served; sluice report --local'
      introduce({ ...pipeline, report }, folder, contracts[0]?.dataset ?? '<dataset>')
      const watched = watchFolder(folder, {
        copies: copiesFolder(),
        onLeft: ({ path, why }) => terminal.warn(`left alone, since ${why}: ${printable(path)}`),
      })
      await watched.passOver(await pipeline.standing())
      // Ends with the process: the pipeline stops itself on Ctrl-C.
      for (;;) {
        await watched.landReady(async (copy) => {
          await pipeline.land(copy)
          for (const line of tellPassedOver(await readWave(copy, contracts))) terminal.warn(line)
        })
        await sleep(LOOK_EVERY_MS)
      }
    })
}

/** Empty: what a killed process was about to land is still in the watched folder. */
function copiesFolder(): string {
  const folder = join(upFolder, 'landing')
  rmSync(folder, { recursive: true, force: true })
  makePrivateFolder(folder)
  return folder
}

function introduce(
  { endpoint, workDir, report }: { endpoint: string; workDir: string; report: string },
  folder: string,
  dataset: string,
): void {
  const { bold, dim } = terminal.colours
  terminal.print(`
${bold('Running.')} Ctrl-C stops it.
  watched    ${folder}
  report     ${report}
  endpoint   ${endpoint}   ${dim(`for the AWS CLI, in your shell: . ${shellFile}`)}
  logs       ${join(workDir, 'logs')}

  cp some.csv ${join(folder, dataset)}/…   then, in another terminal:
  npx sluice status --local      npx sluice runs --local      npx sluice quarantine show ${dataset} --local
`)
}

/** Two would share one state. */
function refuseSecond(): void {
  let pid: number
  try {
    pid = findLocal().pid
  } catch {
    return
  }
  throw new UsageError(`a pipeline runs on this machine already (process ${pid}): stop it with Ctrl-C first`)
}

function tell(event: PipelineEvent): void {
  const { dim, green, red } = terminal.noteColours
  const time = dim(new Date().toTimeString().slice(0, 8))
  if (event.kind === 'ready' && event.restored) terminal.note('Goes on where it stopped; --fresh starts from nothing')
  if (event.kind === 'landed') terminal.note(`${time} ${event.files} ${event.files === 1 ? 'file' : 'files'} landed`)
  if (event.kind !== 'batch') return
  const status =
    event.status === 'SUCCEEDED' ? green('succeeded') : event.status === 'RUNNING' ? 'running' : red(event.status.toLowerCase())
  terminal.note(`${time} ${event.batchId} ${status}`)
}
