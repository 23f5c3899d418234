import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs'
import { Command, InvalidArgumentError } from 'commander'
import { connect } from '../deployment/connect.ts'
import { findLocal, upFolder } from '../deployment/local-connection.ts'
import { type DeploymentOptions, withDeployment } from '../deployment/options.ts'
import type { SetExitCode } from '../program.ts'
import { terminal } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

interface Options extends DeploymentOptions {
  since: number
  match?: string
  json?: boolean
}

export function logsCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('logs'))
    .description('what a function wrote, oldest first')
    .argument('<function>', 'such as start-batch or publish-batch; on this machine also spark and moto')
    .option('--since <time>', 'how far back: 30m, 2h, 1d', secondsOf, 3600)
    .option('--match <text>', 'only lines with this text, such as a batch id')
    .option('--json', 'print one object: {"lines": [{"at", "message"}]}')
    .addHelpText('after', '\nExit codes: 0 well, 2 bad usage.')
    .action(async (name: string, options: Options) => {
      const lines = options.local ? localLines(name, options) : await cloudLines(name, options)
      if (options.json) return terminal.printJson({ lines })
      for (const { at, message } of lines) terminal.print(at === null ? message : `${terminal.colours.dim(at)} ${message}`)
    })
}

export function secondsOf(text: string): number {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (amount === undefined) throw new InvalidArgumentError('Must be a number and s, m, h or d, such as 2h.')
  return Number(amount) * (UNITS[unit] ?? 1)
}

interface Line {
  at: string | null
  message: string
}

async function cloudLines(name: string, options: Options): Promise<Line[]> {
  const { prefix } = await connect(options)
  const lines: Line[] = []
  const wanted = {
    logGroupName: `/aws/lambda/${prefix}-${name}`,
    startTime: Date.now() - options.since * 1000,
    ...(options.match && { filterPattern: JSON.stringify(options.match) }),
  }
  try {
    for await (const page of paginateFilterLogEvents({ client: new CloudWatchLogsClient({}) }, wanted)) {
      for (const { timestamp = 0, message = '' } of page.events ?? []) {
        lines.push({ at: new Date(timestamp).toISOString(), message: message.trimEnd() })
      }
    }
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') throw new UsageError(`there is no function "${name}" in ${prefix}`)
    throw error
  }
  return lines
}

// The laptop's files have no times of their own: all that is there is shown.
function localLines(name: string, { stage, match }: Options): Line[] {
  findLocal()
  const folder = join(upFolder, 'logs')
  const files = readdirSync(folder)
  const file = [`${name}.log`, `sluice-${stage}-${name}.log`].find((each) => files.includes(each))
  if (!file) {
    const known = files.map((each) => each.replace(/\.log$/, '').replace(`sluice-${stage}-`, ''))
    throw new UsageError(`"${name}" has written nothing; there is ${known.join(', ')}`)
  }
  const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n')
  return lines.filter((line) => match === undefined || line.includes(match)).map((message) => ({ at: null, message }))
}
