/**
 * Publishes a batch's commit as publish-batch does, to a table whose files are in a folder. Prints how many milliseconds it took.
 * usage: node --import tsx publish_commit.ts '{"endpoint", "database", "table", "batchId", "commit"}'
 */
import { GlueClient } from '@aws-sdk/client-glue'
import { glueTablePointers } from '../../functions/adapters/glue/table-pointers.ts'
import { publishCommit } from '../../functions/use-cases/batch/publish/publish-commit.ts'
import { filesByUri } from '../unit/iceberg/files-by-uri.ts'

const { endpoint, database, ...published } = JSON.parse(process.argv[2] ?? '{}')
const glue = new GlueClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } })
const began = performance.now()
await publishCommit(published, async () => true, {
  tables: glueTablePointers(database, glue),
  lake: filesByUri,
  clock: { now: () => new Date() },
  newUuid: () => crypto.randomUUID(),
})
process.stdout.write(`${performance.now() - began}\n`)
glue.destroy()
