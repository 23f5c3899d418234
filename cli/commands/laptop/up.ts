import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { NEXT_COMMANDS, sluiceCommand } from '../../../functions/domain/command/next-command.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { PortTakenError } from '../../../laptop/loopback.ts'
import type { LocalConnection } from '../../../laptop/pipeline/sources/databases.ts'
import { type Pipeline, type PipelineEvent, startPipeline } from '../../../laptop/pipeline.ts'
import { checkContracts } from '../../contracts/check-contracts.ts'
import { announceLocal, findLocal, shellFile, upFolder, withdrawLocal } from '../../deployment/local-connection.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { portNumber } from '../../numbers.ts'
import { noteProblems } from '../../problem-list.ts'
import { CONNECTION_OPTION, checkConnections, gatherConnection } from '../../run/local-connections.ts'
import { startProgress } from '../../run/progress.ts'
import { terminal } from '../../terminal.ts'
import { changedTables } from '../../up/changed-tables.ts'
import { type WatchedContracts, watchContracts } from '../../up/contract-changes.ts'
import { forgetAlerts } from '../../up/kept-alerts.ts'
import { serveLiveReport } from '../../up/live-report.ts'
import { tell } from '../../up/tell.ts'
import { watch } from '../../up/watch.ts'
import { UsageError } from '../../usage-error.ts'

const LOCAL = { stage: 'dev', local: true }

interface Options {
  contracts: string
  folder: string
  port?: number
  reportPort?: number
  fresh?: boolean
  connection?: LocalConnection[]
  migrate?: string[]
}

export function upCommand(setExitCode: SetExitCode): Command {
  return new Command('up')
    .description('keep a pipeline running on this machine and process the files that you put into a folder')
    .option('--contracts <folder>', 'folder of contracts', 'datasets')
    .option('--folder <folder>', 'folder to watch; files as <folder>/<dataset>/<partition folders>/<file>', 'landing')
    .option(...CONNECTION_OPTION, gatherConnection)
    .option('--port <number>', 'port of the AWS endpoint; by default the port of the last start', portNumber)
    .option('--report-port <number>', 'port of the live report; by default the port of the last start', portNumber)
    .option(
      '--migrate <dataset...>',
      'start although these contracts have a new curated.format; `sluice migrate` then takes the tables over',
    )
    .option('--fresh', 'delete everything from earlier starts: tables, ledger, quarantine, history')
    .addHelpText('after', '\nOther commands reach it with --local. It continues where it stopped, also after a crash: it keeps')
    .addHelpText('after', 'tables and history, finishes a batch that was running, and lands files that came into the folder')
    .addHelpText('after', 'meanwhile. A landed file lands again only after it changes.')
    .addHelpText('after', 'When you save a contract, it reports the changes and restarts with them.')
    .addHelpText('after', helpExamples('up --contracts datasets --folder landing', 'up --fresh --report-port 8080'))
    .addHelpText('after', '\nExit codes: 2 bad contract, 130 stopped with Ctrl-C.')
    .action(async (options: Options) => {
      refuseSecond()
      const saved = await watchContracts(options.contracts)
      const { contracts, problems } = await checkContracts(options.contracts)
      if (problems.length > 0) {
        noteProblems(problems)
        return setExitCode(2)
      }
      checkConnections(contracts, options.connection)
      if (options.fresh) {
        await rm(join(upFolder, 'state'), { recursive: true, force: true })
        forgetAlerts()
      }
      process.once('exit', withdrawLocal)
      // Until Ctrl-C: once around for each time that contracts are saved.
      for (let next: Contract[] | undefined = contracts; next; ) next = await runUntilSaved(next, saved, options)
      setExitCode(2)
    })
}

/** One pipeline over these contracts. @returns the contracts that are to follow; undefined when an existing table refuses these */
async function runUntilSaved(contracts: Contract[], saved: WatchedContracts, options: Options): Promise<Contract[] | undefined> {
  const folder = resolve(options.folder)
  for (const { dataset } of contracts) await mkdir(join(folder, dataset), { recursive: true })
  const progress = startProgress()
  const pipeline = await start(options, (event) => tell(event, progress)).finally(() => progress.done())
  const { endpoint, accessKeyId } = pipeline
  announceLocal({ endpoint, accessKeyId, region: 'us-east-1', stage: 'dev', pid: process.pid })
  const changed = await changedTables(contracts, options.migrate)
  if (changed.length > 0) {
    for (const line of changed) terminal.complain(line)
    terminal.complain('Change the contract back, rename the dataset, or start with --fresh, which lands every file of the folder again.')
    await pipeline.stop()
    return undefined
  }
  const report = await serveLiveReport(options.reportPort)
  const place = report.url ?? `could not be served; this shows why: ${sluiceCommand(NEXT_COMMANDS.serveReport(), LOCAL)}`
  introduce({ ...pipeline, report: place }, folder, contracts[0]?.dataset)
  const next = await watch(pipeline, folder, { ...options, contracts, contractsFolder: options.contracts, saved })
  withdrawLocal()
  await report.stop()
  await pipeline.stop()
  return next
}

function start({ contracts, port, connection: connections = [] }: Options, onEvent: (event: PipelineEvent) => void): Promise<Pipeline> {
  const wanted = {
    contractsDir: resolve(contracts),
    workDir: upFolder,
    stateDir: join(upFolder, 'state'),
    onEvent,
    connections,
    ...(port && { port }),
  }
  return startPipeline(wanted).catch((error) => {
    if (error instanceof PortTakenError) throw new UsageError(`--port: ${error.message}`)
    throw error
  })
}

function introduce(
  { endpoint, workDir, report }: { endpoint: string; workDir: string; report: string },
  folder: string,
  dataset = '<dataset>',
): void {
  const { bold, dim } = terminal.colours
  terminal.print(`
${bold('Running.')} Ctrl-C stops it.
  watched    ${folder}
  report     ${report}
  endpoint   ${endpoint}   ${dim(`for the AWS CLI, in your shell: . ${shellFile}`)}
  logs       ${join(workDir, 'logs')}

  cp some.csv ${join(folder, dataset)}/…   then, in another terminal:
  ${[NEXT_COMMANDS.status(), NEXT_COMMANDS.runs(dataset), NEXT_COMMANDS.showQuarantine(dataset)].map((words) => sluiceCommand(words, LOCAL)).join('\n  ')}
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
  throw new UsageError(`a pipeline already runs on this machine (process ${pid}): stop it with Ctrl-C first`)
}
