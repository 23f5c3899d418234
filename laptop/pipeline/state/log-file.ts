import { createWriteStream, type WriteStream } from 'node:fs'

export interface LogFile {
  write(text: string): void
  end(): void
}

/** A log that has a gap after a full disk, and continues when there is room. @param flags 'w' empties it first */
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
