import { z } from 'zod'
import { InvalidInputError } from '../errors.ts'
import { recordsIn } from './aggregated.ts'
import type { StreamRecord } from './record.ts'

/** What Lambda gives a function that reads a Kinesis stream: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
const kinesisEvent = z.object({
  Records: z.array(
    z.object({
      /** `<shard>:<sequence number>` */
      eventID: z.string().regex(/^[\w-]+:\d+$/),
      kinesis: z.object({
        sequenceNumber: z.string().regex(/^\d+$/),
        partitionKey: z.string(),
        /** Base64. */
        data: z.string(),
        /** Seconds since 1970, with milliseconds behind the point. */
        approximateArrivalTimestamp: z.number(),
      }),
    }),
  ),
})

/** Those of a producer library's record each by itself. @throws InvalidInputError when it is no such event */
export function kinesisRecords(event: unknown): StreamRecord[] {
  const parsed = kinesisEvent.safeParse(event)
  if (!parsed.success)
    throw new InvalidInputError('the event is not one of a Kinesis stream; only its event source mapping calls this function')
  const records = parsed.data.Records.map(({ eventID, kinesis }) => ({
    kind: 'kinesis' as const,
    shard: eventID.slice(0, eventID.indexOf(':')),
    sequence: kinesis.sequenceNumber,
    partitionKey: kinesis.partitionKey,
    arrivedAt: Math.round(kinesis.approximateArrivalTimestamp * 1000),
    data: Buffer.from(kinesis.data, 'base64'),
  }))
  return records.flatMap(recordsIn)
}
