import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { SetExitCode } from './exit-code.ts'

export const EXIT_CODES = `
Exit codes: 0 success, 1 something failed, 2 bad usage or contract.`

type MakeCommand = (setExitCode: SetExitCode) => Command

/** Each loads the clients that it needs. Loading all commands takes longer than most commands run. */
const COMMANDS: Record<string, () => Promise<MakeCommand>> = {
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  validate: async () => (await import('./commands/validate.ts')).validateCommand,
  test: async () => (await import('./commands/test.ts')).testCommand,
  run: async () => (await import('./commands/run.ts')).runCommand,
  up: async () => (await import('./commands/up.ts')).upCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  runs: async () => (await import('./commands/runs.ts')).runsCommand,
  quarantine: async () => (await import('./commands/quarantine.ts')).quarantineCommand,
  pause: async () => (await import('./commands/pause.ts')).pauseCommand,
  resume: async () => (await import('./commands/resume.ts')).resumeCommand,
  redrive: async () => (await import('./commands/redrive.ts')).redriveCommand,
  dismiss: async () => (await import('./commands/dismiss.ts')).dismissCommand,
  'dead-letters': async () => (await import('./commands/dead-letters.ts')).deadLettersCommand,
  backfill: async () => (await import('./commands/backfill.ts')).backfillCommand,
  compact: async () => (await import('./commands/compact.ts')).compactCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  smoke: async () => (await import('./commands/smoke.ts')).smokeCommand,
  report: async () => (await import('./commands/report.ts')).reportCommand,
  cost: async () => (await import('./commands/cost.ts')).costCommand,
  subscribe: async () => (await import('./commands/subscribe.ts')).subscribeCommand,
  logs: async () => (await import('./commands/logs.ts')).logsCommand,
  destroy: async () => (await import('./commands/destroy.ts')).destroyCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  lint: async () => (await import('./commands/lint.ts')).lintCommand,
  add: async () => (await import('./commands/add.ts')).addCommand,
  schema: async () => (await import('./commands/schema.ts')).schemaCommand,
  completion: async () => {
    const { completionCommand } = await import('./commands/completion.ts')
    return () => completionCommand(() => buildProgram(() => {}))
  },
}

/** The whole command tree, each command from its own file; or only the command that you `asked` for, if it exists. */
export async function buildProgram(setExitCode: SetExitCode, asked = ''): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  const program = new Command('sluice')
    .description('Files land; clean, checked, catalogued tables come out. For AWS and for this machine alike.')
    .version(version)
    .addHelpText('after', EXIT_CODES)
  const loads = Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked] as () => Promise<MakeCommand>] : Object.values(COMMANDS)
  for (const make of await Promise.all(loads.map((load) => load()))) program.addCommand(make(setExitCode))
  prepare(program, 'sluice')
  return program
}

/** Only main ends the process. An error about usage names the help text to read. */
function prepare(command: Command, path: string): void {
  command.exitOverride().showHelpAfterError(`(${path} --help lists what there is)`)
  for (const child of command.commands) prepare(child, `${path} ${child.name()}`)
}
