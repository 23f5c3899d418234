import { z } from 'zod'
import { batchSchema } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { lake, proof } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { confirmPartitions } from '../use-cases/batch/confirm-partitions.ts'

const input = z.object({ batch: batchSchema })
const world = compose({ lake, proof })

/** State `Confirm Partitions` of ingest. Throws CrawlFailedError when readers would miss what was published. */
export const handler = lambda(async (event: unknown) => confirmPartitions(input.parse(event), world()))
