import { z } from 'zod'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { batchSchema } from '../domain/batch/batch.ts'
import type { ObjectStore } from '../ports.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { readManifest } from '../use-cases/batch/read-manifest.ts'

const input = z.object({ batch: batchSchema })
let lake: ObjectStore | undefined

/** State `Read Manifest` of ingest. ManifestError is not retried: the file will not change. */
export const handler = lambda(async (event: unknown) => readManifest(input.parse(event), { lake: (lake ??= connect()) }))

const connect = () => s3ObjectStore(readConfig('LAKE_BUCKET_NAME').LAKE_BUCKET_NAME)
