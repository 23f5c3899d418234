import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { SetExitCode } from './exit-code.ts'

export const EXIT_CODES = `
Exit codes: 0 success, 1 something failed, 2 bad usage or contract.`

type MakeCommand = (setExitCode: SetExitCode) => Command

/** By the heading that they have in `sluice --help`. Each loads the clients that it needs: loading all takes longer than most commands run. */
const GROUPS: Record<string, Record<string, () => Promise<MakeCommand>>> = {
  'On this machine:': {
    demo: async () => (await import('./commands/laptop/demo.ts')).demoCommand,
    run: async () => (await import('./commands/laptop/run.ts')).runCommand,
    up: async () => (await import('./commands/laptop/up.ts')).upCommand,
  },
  'Contracts:': {
    add: async () => (await import('./commands/contracts/add.ts')).addCommand,
    validate: async () => (await import('./commands/contracts/validate.ts')).validateCommand,
    test: async () => (await import('./commands/contracts/test.ts')).testCommand,
    explain: async () => (await import('./commands/contracts/explain.ts')).explainCommand,
    docs: async () => (await import('./commands/contracts/docs.ts')).docsCommand,
    lint: async () => (await import('./commands/contracts/lint.ts')).lintCommand,
    schema: async () => (await import('./commands/contracts/schema.ts')).schemaCommand,
  },
  'On call:': {
    status: async () => (await import('./commands/on-call/status.ts')).statusCommand,
    digest: async () => (await import('./commands/on-call/digest.ts')).digestCommand,
    runs: async () => (await import('./commands/on-call/runs.ts')).runsCommand,
    report: async () => (await import('./commands/on-call/report.ts')).reportCommand,
    query: async () => (await import('./commands/on-call/query.ts')).queryCommand,
    logs: async () => (await import('./commands/on-call/logs.ts')).logsCommand,
    quarantine: async () => (await import('./commands/on-call/quarantine.ts')).quarantineCommand,
    redrive: async () => (await import('./commands/on-call/redrive.ts')).redriveCommand,
    dismiss: async () => (await import('./commands/on-call/dismiss.ts')).dismissCommand,
    'dead-letters': async () => (await import('./commands/on-call/dead-letters.ts')).deadLettersCommand,
    backfill: async () => (await import('./commands/on-call/backfill.ts')).backfillCommand,
    extract: async () => (await import('./commands/on-call/extract.ts')).extractCommand,
    history: async () => (await import('./commands/on-call/history.ts')).historyCommand,
    rollback: async () => (await import('./commands/on-call/rollback.ts')).rollbackCommand,
    migrate: async () => (await import('./commands/on-call/migrate.ts')).migrateCommand,
    compact: async () => (await import('./commands/on-call/compact.ts')).compactCommand,
    pause: async () => (await import('./commands/on-call/pause.ts')).pauseCommand,
    resume: async () => (await import('./commands/on-call/resume.ts')).resumeCommand,
    cost: async () => (await import('./commands/on-call/cost.ts')).costCommand,
  },
  'Deployment:': {
    doctor: async () => (await import('./commands/deployment/doctor.ts')).doctorCommand,
    smoke: async () => (await import('./commands/deployment/smoke.ts')).smokeCommand,
    subscribe: async () => (await import('./commands/deployment/subscribe.ts')).subscribeCommand,
    destroy: async () => (await import('./commands/deployment/destroy.ts')).destroyCommand,
  },
  'Shell:': {
    completion: async () => {
      const { completionCommand } = await import('./commands/completion.ts')
      return () => completionCommand(() => buildProgram(() => {}))
    },
  },
}

/** The whole command tree, each command from its own file; or only the command that you `asked` for, if it exists. */
export async function buildProgram(setExitCode: SetExitCode, asked = ''): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  const program = new Command('sluice')
    .description('Files land; clean, checked, catalogued tables come out. For AWS and for this machine alike.')
    .version(version)
    .addHelpText('after', EXIT_CODES)
    .commandsGroup('Shell:')
  const commands = Object.entries(GROUPS).flatMap(([heading, group]) =>
    Object.entries(group).map(([name, load]) => ({ heading, name, load })),
  )
  const only = commands.filter(({ name }) => name === asked)
  const made = (only.length > 0 ? only : commands).map(async ({ heading, load }) => (await load())(setExitCode).helpGroup(heading))
  for (const command of await Promise.all(made)) program.addCommand(command)
  prepare(program, 'sluice')
  return program
}

/** Only main ends the process. An error about usage names the help text to read. */
function prepare(command: Command, path: string): void {
  command.exitOverride().showHelpAfterError(`(${path} --help lists what there is)`)
  for (const child of command.commands) prepare(child, `${path} ${child.name()}`)
}
