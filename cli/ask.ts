import { confirm } from '@inquirer/prompts'
import { UsageError } from './usage-error.ts'

/**
 * Asks a person for a yes.
 * @throws UsageError without a terminal, naming the flag that answers instead
 */
export async function isConfirmed(message: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError(`"${message}" cannot be asked without a terminal: give --yes to start it, or --dry-run to only see the plan`)
  return confirm({ message, default: false }, { output: process.stderr })
}
