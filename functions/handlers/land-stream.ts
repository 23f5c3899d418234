import { compose } from '../runtime/compose.ts'
import { clock, counters, rawObjects } from '../runtime/connections.ts'
import { logger } from '../runtime/lambda.ts'
import { streamDataset, streamKind, streamPartitionKey } from '../runtime/settings.ts'
import { streamLambda } from '../runtime/streams.ts'
import { landStream } from '../use-cases/streams/land-stream.ts'

const world = compose({
  ...{ rawObjects, counters, clock },
  log: () => logger,
  settings: compose({ dataset: streamDataset, partitionKey: streamPartitionKey }),
})

/** The event source mapping of a Kinesis stream or a Kafka topic: records of a shard, or of several partitions, each in their order. */
export const handler = streamLambda(streamKind, (records) => landStream(records, world()))
