/** How often what could not be written is tried again. */
const AGAIN_EVERY_MS = 1000

/** Sees to it that state gets written, also when the disk was full for a while. */
export interface Keeper {
  /** Writes now, or as soon as it can be done; the newest write under a name counts. */
  write(name: string, work: () => void): void
  /** Of a writer that tries again by itself: what troubles it, or that nothing does any more. */
  report(name: string, trouble: string | undefined): void
  stop(): void
}

/** @param onChange called once with the error when writing fails, and with undefined when everything is written again */
export function createKeeper(onChange: (trouble: string | undefined) => void = () => {}): Keeper {
  const pending = new Map<string, () => void>()
  const troubles = new Map<string, string>()
  const timer = setInterval(() => pending.forEach((work, name) => void write(name, work)), AGAIN_EVERY_MS)
  timer.unref()

  function report(name: string, trouble: string | undefined): void {
    const before = troubles.size
    if (trouble === undefined) troubles.delete(name)
    else troubles.set(name, trouble)
    if (before === 0 && trouble !== undefined) onChange(trouble)
    if (before > 0 && troubles.size === 0) onChange(undefined)
  }
  function write(name: string, work: () => void): void {
    try {
      work()
      pending.delete(name)
      report(name, undefined)
    } catch (error) {
      pending.set(name, work)
      report(name, troubleOf(error))
    }
  }
  return { write, report, stop: () => clearInterval(timer) }
}

/** What a failed write means for a person. */
export function troubleOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') return 'the disk is full'
  return code === 'EDQUOT' ? 'your share of the disk is used up' : message
}
