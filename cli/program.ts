import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addCommand } from './commands/add.ts'
import { backfillCommand } from './commands/backfill.ts'
import { compactCommand } from './commands/compact.ts'
import { completionCommand } from './commands/completion.ts'
import { costCommand } from './commands/cost.ts'
import { deadLettersCommand } from './commands/dead-letters.ts'
import { demoCommand } from './commands/demo.ts'
import { destroyCommand } from './commands/destroy.ts'
import { explainCommand } from './commands/explain.ts'
import { lintCommand } from './commands/lint.ts'
import { logsCommand } from './commands/logs.ts'
import { quarantineCommand } from './commands/quarantine.ts'
import { redriveCommand } from './commands/redrive.ts'
import { reportCommand } from './commands/report.ts'
import { runCommand } from './commands/run.ts'
import { runsCommand } from './commands/runs.ts'
import { schemaCommand } from './commands/schema.ts'
import { statusCommand } from './commands/status.ts'
import { subscribeCommand } from './commands/subscribe.ts'
import { upCommand } from './commands/up.ts'
import { validateCommand } from './commands/validate.ts'
export type SetExitCode = (code: number) => void

export const EXIT_CODES = `
Exit codes: 0 all well, 1 something failed, 2 bad usage or contract.`

const COMMANDS = [
  demoCommand,
  validateCommand,
  runCommand,
  upCommand,
  statusCommand,
  runsCommand,
  quarantineCommand,
  redriveCommand,
  deadLettersCommand,
  backfillCommand,
  compactCommand,
  reportCommand,
  costCommand,
  subscribeCommand,
  logsCommand,
  destroyCommand,
  explainCommand,
  lintCommand,
  addCommand,
  schemaCommand,
  completionCommand,
]

/** The whole command tree; each command lives in its own file. */
export function buildProgram(setExitCode: SetExitCode): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  const program = new Command('sluice')
    .description('Files land; clean, checked, catalogued tables come out. For AWS and for this machine alike.')
    .version(version)
    .addHelpText('after', EXIT_CODES)
  for (const command of COMMANDS.map((make) => make(setExitCode))) program.addCommand(command)
  prepare(program, 'sluice')
  return program
}

/** Nothing ends the process but main, and whoever mistyped is told where it says how to type it. */
function prepare(command: Command, path: string): void {
  command.exitOverride().showHelpAfterError(`(${path} --help says what there is)`)
  for (const child of command.commands) prepare(child, `${path} ${child.name()}`)
}
