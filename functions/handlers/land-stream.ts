import { compose } from '../runtime/compose.ts'
import { clock, counters, rawObjects } from '../runtime/connections.ts'
import { kinesisLambda } from '../runtime/kinesis.ts'
import { logger } from '../runtime/lambda.ts'
import { streamDataset, streamPartitionKey } from '../runtime/settings.ts'
import { landStream } from '../use-cases/streams/land-stream.ts'

const world = compose({
  ...{ rawObjects, counters, clock },
  log: () => logger,
  settings: compose({ dataset: streamDataset, partitionKey: streamPartitionKey }),
})

/** A Kinesis stream's event source mapping: records of one shard, in their order. */
export const handler = kinesisLambda((records) => landStream(records, world()))
