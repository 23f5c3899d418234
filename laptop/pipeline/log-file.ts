import { createWriteStream, type WriteStream } from 'node:fs'

export interface LogFile {
  write(text: string): void
  end(): void
}

/** A log that a full disk leaves with a gap, and that goes on when there is room. @param flags 'w' begins it anew */
export function openLog(file: string, flags: 'a' | 'w' = 'a'): LogFile {
  const open = (how: 'a' | 'w'): WriteStream => {
    const stream = createWriteStream(file, { flags: how })
    stream.on('error', () => {
      broken = true
    })
    return stream
  }
  let broken = false
  let stream = open(flags)
  return {
    write(text) {
      if (broken) {
        broken = false
        stream = open('a')
      }
      stream.write(text)
    },
    end: () => void stream.end(),
  }
}
