import { CommanderError } from 'commander'
import { buildProgram } from './program.ts'
import { terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** Runs one command line and gives its exit code: 0 well, 1 something failed, 2 bad usage or contract. Never throws. */
export async function main(argv: string[]): Promise<number> {
  let exitCode = 0
  try {
    const setExitCode = (code: number) => {
      exitCode = code
    }
    const program = await buildProgram(setExitCode, argv[2])
    await program.parseAsync(argv)
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof UsageError) {
      terminal.complain(error.message)
      return 2
    }
    // Ctrl-C in a prompt is an answer, not a failure to explain.
    if (error instanceof Error && error.name === 'ExitPromptError') return 130
    terminal.complain(error instanceof Error ? error.message : String(error))
    if (process.env.SLUICE_DEBUG && error instanceof Error) terminal.note(error.stack ?? '')
    else terminal.note('Set SLUICE_DEBUG=1 to see where it happened.')
    return 1
  }
}
