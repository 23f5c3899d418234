import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Shelf, StepFunctionsStorage } from 'asl-jsonata'
import type { ExecutionRecord, MapRunRecord } from 'asl-jsonata/records'
import { createKeeper, type Keeper } from './keeper.ts'

/** Step Functions forgets an execution after that time. */
const KEPT_MS = 90 * 24 * 3600 * 1000
/** How much of a running execution's progress a killed process loses at most. */
const LOOK_EVERY_MS = 250

/** Whole or not at all, also when this process is killed while it writes. */
export function writeWhole(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(value))
  renameSync(`${file}.new`, file)
}

/** Undefined when the file is missing or cannot be read. */
export function readWhole<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}

export interface KeptStorage extends StepFunctionsStorage {
  /** Writes the current state of what runs, then nothing more, so that the next start finds it running. */
  freeze(): void
}

/** Executions in a folder, a file each. State machines are created again at each start. */
export function keptStorage(folder: string, keeper: Keeper = createKeeper()): KeptStorage {
  const executions = keptShelf<ExecutionRecord>(join(folder, 'executions'), keeper, {
    wayOf: ({ status, history, progress }) => `${status} ${history.length} ${progress.at?.state}`,
    endedAt: ({ stopDate }) => stopDate,
  })
  const mapRuns = keptShelf<MapRunRecord>(join(folder, 'map-runs'), keeper, {
    wayOf: ({ status, itemCounts }) => `${status} ${JSON.stringify(itemCounts)}`,
    endedAt: ({ stopDate }) => stopDate,
  })
  const timer = setInterval(() => [executions, mapRuns].forEach((shelf) => void shelf.look()), LOOK_EVERY_MS)
  timer.unref()
  return {
    stateMachines: new Map(),
    executions,
    mapRuns,
    freeze() {
      clearInterval(timer)
      for (const shelf of [executions, mapRuns]) shelf.freeze()
    },
  }
}

interface Kind<T> {
  /** Differs when there is something new to write. */
  wayOf(record: T): string
  endedAt(record: T): number | undefined
}

function keptShelf<T extends { startDate: number; status: string }>(folder: string, keeper: Keeper, kind: Kind<T>) {
  const records = new Map<string, T>()
  const written = new Map<string, string>()
  let frozen = false
  const fileOf = (arn: string) => join(folder, `${createHash('sha256').update(arn).digest('hex')}.json`)
  const write = (arn: string, record: T) => {
    const way = kind.wayOf(record)
    if (frozen || written.get(arn) === way) return
    keeper.write(arn, () => {
      if (frozen) return
      writeWhole(fileOf(arn), { arn, record })
      written.set(arn, way)
    })
  }
  mkdirSync(folder, { recursive: true })
  const found = readdirSync(folder).flatMap((name) => {
    const kept = name.endsWith('.json') && readWhole<{ arn: string; record: T }>(join(folder, name))
    if (!kept) return []
    if (Date.now() - (kind.endedAt(kept.record) ?? Date.now()) <= KEPT_MS) return [kept]
    rmSync(join(folder, name))
    return []
  })
  // In the order in which they began, as listings are.
  for (const { arn, record } of found.sort((left, right) => left.record.startDate - right.record.startDate)) {
    records.set(arn, record)
    written.set(arn, kind.wayOf(record))
  }
  const look = () => {
    for (const [arn, record] of records) if (record.status === 'RUNNING') write(arn, record)
  }
  const shelf: Shelf<T> = {
    get: (arn) => records.get(arn),
    values: () => records.values(),
    set(arn, record) {
      records.set(arn, record)
      write(arn, record)
    },
    delete(arn) {
      records.delete(arn)
      if (!frozen) rmSync(fileOf(arn), { force: true })
    },
  }
  return {
    ...shelf,
    look,
    freeze() {
      look()
      frozen = true
    },
  }
}
