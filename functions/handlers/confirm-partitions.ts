import { z } from 'zod'
import { gluePartitionProof } from '../adapters/glue/partition-proof.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { batchSchema } from '../domain/batch/batch.ts'
import type { ObjectStore, PartitionProof } from '../ports.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { confirmPartitions } from '../use-cases/batch/confirm-partitions.ts'

const input = z.object({ batch: batchSchema })
let deps: { lake: ObjectStore; proof: PartitionProof } | undefined

/** State `Confirm Partitions` of ingest. Throws CrawlFailedError when readers would miss what was published. */
export const handler = lambda(async (event: unknown) => confirmPartitions(input.parse(event), (deps ??= connect())))

function connect() {
  const config = readConfig('LAKE_BUCKET_NAME', 'GLUE_DATABASE_NAME')
  return { lake: s3ObjectStore(config.LAKE_BUCKET_NAME), proof: gluePartitionProof(config.GLUE_DATABASE_NAME) }
}
