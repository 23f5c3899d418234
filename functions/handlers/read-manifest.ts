import { z } from 'zod'
import { batchSchema } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { lake, tablePointers } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { readManifest } from '../use-cases/batch/read-manifest.ts'

const input = z.object({ batch: batchSchema })
const world = compose({ lake, tablePointers })

/** State `Read Manifest` of ingest. ManifestError is not retried: the file will not change. */
export const handler = lambda(async (event: unknown) => readManifest(input.parse(event), world()))
