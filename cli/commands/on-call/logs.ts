import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { connect } from '../../deployment/connect.ts'
import { findLocal, upFolder } from '../../deployment/local-connection.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { cloudFunctions, cloudLog } from '../../logs/cloud-log.ts'
import { laptopLog, laptopLogs } from '../../logs/laptop-log.ts'
import type { Log, LogLine } from '../../logs/log.ts'
import { terminal } from '../../terminal.ts'

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }
const LOOK_ON_AWS_MS = 3000
const LOOK_LOCALLY_MS = 300

interface Options extends DeploymentOptions {
  since: number
  match?: string
  follow?: boolean
  json?: boolean
}

export function logsCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('logs'))
    .description('print the log of a function, oldest line first')
    .argument(
      '[function]',
      'such as start-batch or publish-batch; on this machine also spark and moto. Without it, the command lists the functions',
    )
    .addOption(new Option('--since <time>', 'how far back: 30m, 2h, 1d').argParser(secondsOf).default(3600, '1h'))
    .option('--match <text>', 'only lines with this text, such as a batch id')
    .option('--follow', 'print new lines as they come, until Ctrl-C')
    .option('--json', 'print one object: {"lines": [{"at", "message"}]}, or {"functions": [...]}; with --follow, one object per line')
    .addHelpText(
      'after',
      helpExamples(
        'logs start-batch --local --since 2h',
        'logs publish-batch --stage prod --match orders-20250101T000000Z-0a1b2c3d --follow',
      ),
    )
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage, 130 stopped with Ctrl-C.')
    .action(async (name: string | undefined, options: Options) => {
      if (name === undefined) return printFunctions(await functionsOf(options), options)
      const log = await open(name, options)
      const lines = await log()
      if (!options.follow) return options.json ? terminal.printJson({ lines }) : lines.forEach(printLine)
      const print = options.json ? terminal.printJson : printLine
      for (const line of lines) print(line)
      for (;;) {
        await sleep(options.local ? LOOK_LOCALLY_MS : LOOK_ON_AWS_MS)
        for (const line of await log()) print(line)
      }
    })
}

export function secondsOf(text: string): number {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (amount === undefined) throw new InvalidArgumentError('Must be a number and s, m, h or d, such as 2h.')
  return Number(amount) * (UNITS[unit] ?? 1)
}

async function open(name: string, options: Options): Promise<Log> {
  const selection = { since: new Date(Date.now() - options.since * 1000), match: options.match, follow: options.follow }
  if (!options.local) return cloudLog((await connect(options)).prefix, name, selection)
  findLocal()
  return laptopLog(join(upFolder, 'logs'), `sluice-${options.stage}`, name, selection)
}

async function functionsOf(options: Options): Promise<string[]> {
  if (!options.local) return cloudFunctions((await connect(options)).prefix)
  findLocal()
  return laptopLogs(join(upFolder, 'logs'), `sluice-${options.stage}`)
}

function printFunctions(functions: string[], { json }: Options): void {
  if (json) terminal.printJson({ functions })
  else terminal.print(functions.length > 0 ? functions.join('\n') : 'nothing has been written yet')
}

function printLine({ at, message }: LogLine): void {
  terminal.print(at === null ? message : `${terminal.colours.dim(at)} ${message}`)
}
