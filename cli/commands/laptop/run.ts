import { Command } from 'commander'
import { connectionNamed } from '../../../functions/domain/contract/landers.ts'
import { readContractsFolder } from '../../../infra/packaging/contract-files.ts'
import type { LocalConnection } from '../../../laptop/pipeline/sources/databases.ts'
import { checkContracts } from '../../contracts/check-contracts.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { noteProblems } from '../../problem-list.ts'
import { readInputWaves, tellPassedOver } from '../../run/input-waves.ts'
import { CONNECTION_OPTION, checkConnections, gatherConnection } from '../../run/local-connections.ts'
import { checkOutput, openOutput } from '../../run/output-folder.ts'
import { startProgress } from '../../run/progress.ts'
import { runPipeline } from '../../run/run-pipeline.ts'
import type { RunResult } from '../../run/run-result.ts'
import { printRun } from '../../run/run-table.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

interface Options {
  contracts: string
  input?: string[]
  connection?: LocalConnection[]
  output: string
  json?: boolean
}

export function runCommand(setExitCode: SetExitCode): Command {
  return new Command('run')
    .description('run the whole pipeline on this machine over your contracts and files')
    .requiredOption('--contracts <folder>', 'folder of contracts')
    .option('--input <folder>', 'files as <folder>/<dataset>/<partition folders>/<file>; give it again for a later wave', gather)
    .option(...CONNECTION_OPTION, gatherConnection)
    .requiredOption('--output <folder>', 'folder that gets curated/, quarantine/ and runs/; empty, or from an earlier run')
    .option('--json', 'end with one object on stdout: {"batches", "alerts", "crawls"}')
    .addHelpText(
      'after',
      '\nA dataset with a database or a Kafka topic needs its --connection. A database has one extract in each wave, a topic lands what it has; without such datasets give --input.',
    )
    .addHelpText(
      'after',
      '\nEach further --input lands after the batches of the previous one end. Regular files land, and links to them. The',
    )
    .addHelpText('after', 'command lists links to folders, pipes, sockets and files that you may not read, and leaves them alone.')
    .addHelpText('after', '\nAt the end, the results replace those of an earlier run, even when a batch failed.')
    .addHelpText(
      'after',
      helpExamples(
        'run --contracts datasets --input monday --input tuesday --output out/run --json',
        'run --contracts datasets --connection orders_db=postgresql://sluice:secret@127.0.0.1:5432/shop --output out/run',
      ),
    )
    .addHelpText('after', '\nExit codes: 0 every batch succeeded, 1 a batch failed, 2 bad usage or contract (explained on stderr).')
    .action(async (options: Options) => {
      // Problems that need no JVM are reported at once.
      const { files, problems: atFirstSight } = await readContractsFolder(options.contracts)
      if (atFirstSight.length === 0) {
        const readable = files.flatMap(({ contract }) => contract ?? [])
        checkConnections(readable, options.connection)
        if (!options.input && !readable.some(({ source }) => connectionNamed(source)))
          throw new UsageError('--input: give a folder of files; no contract reads a database or a topic')
        for (const wave of await readInputWaves(options.input ?? [], readable)) {
          for (const line of tellPassedOver(wave)) terminal.warn(`${wave.folder}: ${line}`)
        }
        await checkOutput(options.output)
      }
      const progress = startProgress()
      progress.step('Checking contracts')
      const { problems } = await checkContracts(options.contracts)
      if (problems.length > 0) {
        progress.done()
        noteProblems(problems)
        if (options.json) terminal.printJson({ ...NOTHING, problems })
        return setExitCode(2)
      }
      const output = await openOutput(options.output).catch((error) => {
        progress.done()
        throw error
      })
      let stuck: string | undefined
      try {
        // Without files there is still what databases and topics have.
        const waves = options.input?.map((folder) => ({ folder })) ?? [{ title: 'the databases and topics' }]
        const connections = options.connection ?? []
        const run = await runPipeline({ contractsFolder: options.contracts, waves, output, progress, connections })
        progress.done()
        stuck = run.stuck
        if (options.json) terminal.printJson(run.result)
        else printRun(run.result, stuck === undefined ? options.output : output.results)
        if (stuck !== undefined) terminal.complain(`${stuck}. Earlier results in ${options.output} are unchanged`)
        if (stuck !== undefined || [...run.result.batches, ...(run.result.extracts ?? [])].some(({ status }) => status !== 'SUCCEEDED'))
          setExitCode(1)
      } finally {
        progress.done()
        output.close({ keepResults: stuck !== undefined })
      }
    })
}

const NOTHING: RunResult = { batches: [], alerts: [], crawls: { raw: 0, curated: 0 } }

function gather(folder: string, before: string[] | undefined): string[] {
  return [...(before ?? []), folder]
}
