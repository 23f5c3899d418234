import { CommanderError } from 'commander'
import { troubleOf } from '../laptop/pipeline/state/keeper.ts'
import { buildProgram } from './program.ts'
import { endQuietlyWithoutReader, terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** Runs one command line and gives its exit code: 0 success, 1 something failed, 2 bad usage or contract. Never throws. */
export async function main(argv: string[]): Promise<number> {
  endQuietlyWithoutReader()
  let exitCode = 0
  try {
    const setExitCode = (code: number) => {
      exitCode = code
    }
    const program = await buildProgram(setExitCode, argv[2])
    await program.parseAsync(argv)
    return exitCode
  } catch (error) {
    const isJson = argv.includes('--json')
    if (error instanceof CommanderError) {
      if (isJson && error.exitCode !== 0) printError('usage', error.message.replace(/^error: /, ''))
      return error.exitCode === 0 ? 0 : 2
    }
    // Ctrl-C in a prompt is an answer, not a failure to explain.
    if (error instanceof Error && error.name === 'ExitPromptError') return 130
    const isUsage = error instanceof UsageError
    const message = messageOf(error)
    if (isJson) printError(isUsage ? 'usage' : 'failure', message)
    terminal.complain(message)
    if (isUsage) return 2
    if (process.env.SLUICE_DEBUG && error instanceof Error) terminal.note(error.stack ?? '')
    else terminal.note('Set SLUICE_DEBUG=1 to see where it happened.')
    return 1
  }
}

/** With --json the answer is one object, also after an error. */
function printError(kind: 'usage' | 'failure', message: string): void {
  terminal.printJson({ error: { kind, message } })
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, path } = error as NodeJS.ErrnoException
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error.message
  return `${troubleOf(error)}${path ? `, at ${path}` : ''}. Free some space, then run the command again; earlier results are unchanged`
}
