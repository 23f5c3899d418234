import { objectKey, rawObject, runsOf } from '../../domain/stream/raw-object.ts'
import { placeOf, type StreamRecord } from '../../domain/stream/record.ts'
import type { Clock } from '../../ports/clock.ts'
import type { RawObjects } from '../../ports/raw-objects.ts'
import type { Counters, Log } from '../../ports/telemetry.ts'

export interface LandStreamWorld {
  rawObjects: RawObjects
  counters: Counters
  log: Log
  clock: Clock
  /** `partitionKey`: the partition key of the raw files, whose values are days of arrival. */
  settings: { dataset: string; partitionKey: string }
}

/**
 * Lands a batch of a stream, an object for each shard and day. An object that exists was written by an earlier attempt at the same records,
 * and is left as it is.
 * @returns the first record that was not landed, with the reason; the caller has Lambda begin there next time. Nothing when all were
 */
export async function landStream(
  records: StreamRecord[],
  world: LandStreamWorld,
): Promise<{ from: StreamRecord; error: Error } | undefined> {
  const { rawObjects, settings, log } = world
  for (const run of runsOf(records)) {
    const [first] = run
    const key = objectKey(settings.dataset, settings.partitionKey, run)
    const { text, bytes, malformed } = rawObject(run)
    try {
      await rawObjects.create(key, text)
    } catch (error) {
      return { from: first, error: error as Error }
    }
    for (const { record, reason } of malformed.slice(0, MOST_NAMED))
      log.warn('a record is malformed', { position: placeOf(record), reason, key })
    measure(run, { bytes, malformed: malformed.length }, world)
  }
  return undefined
}

/** Malformed records that the log names, of one object; the quarantine has them all. */
const MOST_NAMED = 10

function measure(
  run: StreamRecord[],
  { bytes, malformed }: { bytes: number; malformed: number },
  { counters, clock, settings }: LandStreamWorld,
) {
  const last = run.at(-1) as StreamRecord
  const dimensions = { Dataset: settings.dataset, Shard: last.shard }
  counters.count('StreamRecords', run.length, dimensions)
  counters.count('StreamBytes', bytes, dimensions)
  counters.count('StreamMalformed', malformed, dimensions)
  if (last.arrivedAt !== undefined)
    counters.count('StreamLagSeconds', Math.max(0, (clock.now().getTime() - last.arrivedAt) / 1000), dimensions)
}
