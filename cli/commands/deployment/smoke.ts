import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { compactTime } from '../../../functions/domain/names.ts'
import { connect } from '../../deployment/connect.ts'
import { upFolder } from '../../deployment/local-connection.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import { inWords } from '../../durations.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { CANARY } from '../../smoke/canary.ts'
import { cleanUp } from '../../smoke/clean-up.ts'
import { type SmokeBundle, type SmokeOptions, smoke } from '../../smoke/smoke.ts'
import { smokeWorld } from '../../smoke/world.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'
import { secondsOf } from '../on-call/logs.ts'

const LOOK_ON_AWS_MS = 5000
const LOOK_LOCALLY_MS = 500

interface Options extends DeploymentOptions {
  timeout: number
  bundle?: string
  keep?: boolean
  json?: boolean
}

export function smokeCommand(setExitCode: SetExitCode): Command {
  return withDeployment(new Command('smoke'))
    .description('land a small file in the canary dataset and follow it to its table and an alert; remove it then')
    .addOption(new Option('--timeout <time>', 'give up after: 30m, 2h').argParser(secondsOf).default(3600, '1h'))
    .option('--bundle <file>', 'where to write what happened, with ids and messages and no data', 'smoke-<id>.json')
    .option('--keep', 'leave its rows and run files where they are')
    .option('--json', 'print the bundle: {"id", "ok", "steps", "ids", "logs"}')
    .addHelpText('after', '\nThe canary is deployed by --param canary=on. On this machine: sluice up --contracts infra/canary.')
    .addHelpText('after', helpExamples('smoke --stage prod', 'smoke --local --keep'))
    .addHelpText('after', '\nExit codes: 0 the file has come through, 1 it has not, 2 bad usage.')
    .action(async (options: Options) => {
      const deployment = await connect(options)
      if ((await deployment.contracts.find(CANARY)) === undefined) {
        const how = options.local ? 'start it with --contracts infra/canary' : 'package and deploy it with --param canary=on'
        throw new UsageError(`stage "${options.stage}" has no canary dataset: ${how}`)
      }
      const world = smokeWorld(deployment, options.local ? join(upFolder, 'logs') : undefined)
      const everyMs = options.local ? LOOK_LOCALLY_MS : LOOK_ON_AWS_MS
      const id = `${compactTime(new Date().toISOString())}-${randomBytes(3).toString('hex')}`
      const tell = options.json ? () => {} : printStep
      const { bundle, run } = await smoke(id, world, { timeoutSeconds: options.timeout, everyMs, tell })
      const left = options.keep ? [] : await cleanUp(run, world, everyMs)
      const file = (options.bundle ?? 'smoke-<id>.json').replace('<id>', id)
      writeFileSync(file, `${JSON.stringify(bundle, null, 2)}\n`)
      if (options.json) terminal.printJson(bundle)
      else printEnd(bundle, file, left)
      if (!bundle.ok) setExitCode(1)
    })
}

const printStep: SmokeOptions['tell'] = (step, state, words) => {
  const { green, red, dim } = terminal.colours
  if (state === 'waits') terminal.print(dim(`  … ${step}: waits for ${words}`))
  else terminal.print(`${state === 'done' ? green('✔') : red('✘')} ${step}${words ? `: ${words}` : ''}`)
}

function printEnd({ ok, steps, logs }: SmokeBundle, file: string, left: string[]): void {
  const { bold, dim, red } = terminal.colours
  for (const { function: name, lines } of logs) {
    terminal.print(`\n${bold(name)}, from its log:`)
    for (const { at, message } of lines) terminal.print(`  ${at ?? ''} ${message}`)
  }
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0)
  terminal.print(ok ? `\nThe file has come through, in ${inWords(seconds)}.` : `\n${red('The file has not come through.')}`)
  terminal.print(dim(`what happened, to attach to an issue: ${file}`))
  for (const each of left) terminal.print(`not removed: ${each}`)
}
