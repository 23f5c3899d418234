/** A command tells with it how it ended; main alone ends the process. */
export type SetExitCode = (code: number) => void
