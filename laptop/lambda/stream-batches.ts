import type { StreamMappingDefinition } from '../cloudformation/resource-type.ts'
import type { Invocation } from './execution-environment.ts'

/** A record as the stream gives it. */
export interface ShardRecord {
  sequenceNumber: string
  partitionKey: string
  data: Uint8Array
  arrivedAt: Date
}

export interface Delivery {
  invoke(records: ShardRecord[]): Promise<Invocation>
  /** Sends on where a batch was that is given up. */
  giveUp(records: ShardRecord[], why: 'RetryAttemptsExhausted' | 'RecordAgeExceeded', attempts: number): Promise<void>
  /** Before a further attempt. Throws when the pipeline stops. */
  pause(): Promise<void>
  now(): Date
}

/**
 * Has the function take the records, as Lambda does: what it reports as failed comes again with all that follows; a batch whose call
 * fails is split in two; a batch that is tried too often, or is too old, is given up and its position sent on.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export async function deliver(records: ShardRecord[], mapping: StreamMappingDefinition, delivery: Delivery): Promise<void> {
  let rest = records
  for (let attempts = 0; rest.length > 0; ) {
    const [first] = rest as [ShardRecord]
    const age = (delivery.now().getTime() - first.arrivedAt.getTime()) / 1000
    if (mapping.maximumAgeSeconds >= 0 && age > mapping.maximumAgeSeconds) return delivery.giveUp(rest, 'RecordAgeExceeded', attempts)
    const from = firstFailure(await delivery.invoke(rest), rest, mapping)
    if (from === 'none') return
    if (from === 'all' && mapping.bisects && rest.length > 1) {
      const middle = Math.ceil(rest.length / 2)
      await deliver(rest.slice(0, middle), mapping, delivery)
      rest = rest.slice(middle)
      attempts = 0
      continue
    }
    const failed = from === 'all' ? 0 : from
    // What was taken is done with; what is left begins to count anew.
    attempts = failed > 0 ? 0 : attempts + 1
    rest = rest.slice(failed)
    if (mapping.maximumRetries >= 0 && attempts > mapping.maximumRetries) return delivery.giveUp(rest, 'RetryAttemptsExhausted', attempts)
    await delivery.pause()
  }
}

/** Where the function wants to begin again: `all` when its call failed or its answer makes no sense. */
function firstFailure(
  invocation: Invocation,
  records: ShardRecord[],
  { reportsItemFailures }: StreamMappingDefinition,
): number | 'all' | 'none' {
  if ('error' in invocation) return 'all'
  if (!reportsItemFailures) return 'none'
  const answer = JSON.parse(invocation.payload) as { batchItemFailures?: { itemIdentifier?: string }[] | null } | null
  const places = (answer?.batchItemFailures ?? []).map(({ itemIdentifier }) =>
    records.findIndex(({ sequenceNumber }) => sequenceNumber === itemIdentifier),
  )
  if (places.length === 0) return 'none'
  return places.includes(-1) ? 'all' : Math.min(...places)
}
