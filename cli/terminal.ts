import pc from 'picocolors'

const plain = 'NO_COLOR' in process.env || process.env.TERM === 'dumb'

// C0 but tab and line feed, C1, and what breaks or turns a line: a name in your data could control the terminal.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** A name that is safe to print: control characters become escapes. */
export function printable(name: string): string {
  return name.replace(UNPRINTABLE, escapeOf)
}

const escapeOf = (character: string) =>
  JSON.stringify(character)
    .slice(1, -1)
    .replace(UNPRINTABLE, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Keeps our colours and line breaks; escapes all other control characters. */
function safe(text: string): string {
  return text.replace(/(\x1b\[[\d;]*m|[\n\t])|[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (found, ours) => ours ?? escapeOf(found))
}

/** Results go to stdout, messages to stderr, so that you can pipe results. Colours only on a terminal. */
export const terminal = {
  /** For text on stdout. */
  colours: pc.createColors(process.stdout.isTTY === true && !plain),
  /** For text on stderr. */
  noteColours: pc.createColors(process.stderr.isTTY === true && !plain),
  /** Spinners and bars only make sense on a terminal. */
  isLive: process.stderr.isTTY === true && !plain,

  print(text: string): void {
    process.stdout.write(`${safe(text)}\n`)
  },
  printJson(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value)}\n`)
  },
  note(text: string): void {
    process.stderr.write(`${safe(text)}\n`)
  },
  warn(text: string): void {
    process.stderr.write(`${terminal.noteColours.yellow('warning:')} ${safe(text)}\n`)
  },
  complain(text: string): void {
    process.stderr.write(`${terminal.noteColours.red('sluice:')} ${safe(text)}\n`)
  },
}

/** `sluice … | head` closes the pipe early: the command ends without an error. */
export function endQuietlyWithoutReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit()
    })
  }
}
