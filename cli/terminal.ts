import pc from 'picocolors'

const plain = 'NO_COLOR' in process.env || process.env.TERM === 'dumb'

/** Results go to stdout, everything said on the way to stderr, so that results can be piped. Colours only on a terminal. */
export const terminal = {
  /** For text on stdout. */
  colours: pc.createColors(process.stdout.isTTY === true && !plain),
  /** For text on stderr. */
  noteColours: pc.createColors(process.stderr.isTTY === true && !plain),
  /** Spinners and bars are for somebody who looks. */
  isLive: process.stderr.isTTY === true && !plain,

  print(text: string): void {
    process.stdout.write(`${text}\n`)
  },
  printJson(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value)}\n`)
  },
  note(text: string): void {
    process.stderr.write(`${text}\n`)
  },
  warn(text: string): void {
    process.stderr.write(`${terminal.noteColours.yellow('warning:')} ${text}\n`)
  },
  complain(text: string): void {
    process.stderr.write(`${terminal.noteColours.red('sluice:')} ${text}\n`)
  },
}
