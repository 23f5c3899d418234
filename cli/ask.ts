import { confirm } from '@inquirer/prompts'
import { UsageError } from './usage-error.ts'

/**
 * Asks a person for a yes.
 * @throws UsageError without a terminal, naming the flag that answers instead
 */
export async function isConfirmed(message: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError(`"${message}" needs a terminal to ask: give --yes to start, or --dry-run to see only the plan`)
  return confirm({ message, default: false }, { output: process.stderr })
}
