import { z } from 'zod'
import { batchSchema } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { counters, lake, proof, registry } from '../runtime/connections.ts'
import { lambda, logger } from '../runtime/lambda.ts'
import { lakeBucket } from '../runtime/settings.ts'
import { confirmPartitions } from '../use-cases/batch/publish/confirm-partitions.ts'

const input = z.object({ batch: batchSchema })
const world = compose({ lake, proof, registry, counters, log: () => logger, settings: compose({ lakeBucket }) })

/** State `Confirm Partitions` of ingest: registers what a crawl has left out. Throws CrawlFailedError when readers would miss what was published. */
export const handler = lambda(async (event: unknown) => confirmPartitions(input.parse(event), world()))
