/** Sets the exit code of the command. Only main ends the process. */
export type SetExitCode = (code: number) => void
