/** A mistake in the command line; exit code 2. The message shows what to type instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
