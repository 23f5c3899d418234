/** A line that a function wrote. */
export interface LogLine {
  /** Null of a line that bears no time and follows none that does. */
  at: string | null
  message: string
}

/** A log that is read on and on: each reading gives what has come since the one before. */
export type Log = () => Promise<LogLine[]>

export interface LogSelection {
  /** Nothing older. */
  since: Date
  /** Only lines with this text. */
  match?: string | undefined
  /** It is read on and on, so a line that is not whole yet can wait for its end. */
  follow?: boolean | undefined
}
