import { tmpdir } from 'node:os'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { curatedPrefix } from '../../../functions/domain/names.ts'
import type { StoredObject } from '../../../functions/ports/object-store.ts'
import type { Deployment } from '../../deployment/connect.ts'
import { withCopies } from '../../quarantine/copies.ts'
import { fetchFiles } from '../../quarantine/fetch.ts'
import { type Preview, readPreview } from '../preview.ts'

const LARGEST_FILE = 64 * 2 ** 20

/**
 * The first rows of one file of the table: the newest among those that one listing names. Null of a table without a file that is small enough.
 */
export async function tablePreview({ dataset, curated }: Contract, deployment: Deployment, hidden: Set<string>): Promise<Preview | null> {
  if (curated.format === 'iceberg') {
    if (!process.env.AWS_ENDPOINT_URL) return onAws(dataset, deployment.stage)
    const location = (await deployment.tables.find(dataset))?.metadataLocation
    return location ? readPreview({ name: dataset, folder: tmpdir(), columns: {}, iceberg: { location } }, hidden) : null
  }
  const prefix = curatedPrefix(dataset)
  const file = await newestFile(prefix, deployment)
  if (file === undefined) return null
  return withCopies(async (folder) => {
    await fetchFiles([{ key: file.key.slice(prefix.length), whole: file.key, size: file.size, etag: file.etag ?? '' }], folder, deployment)
    return readPreview({ name: dataset, folder, columns: {} }, hidden)
  })
}

const onAws = (dataset: string, stage: string): Preview => ({
  columns: [],
  rows: [],
  why: `On AWS the report reads no rows of an Iceberg table. To see some: npx --no-install sluice query "SELECT * FROM ${dataset} LIMIT 10" --stage ${stage}`,
})

async function newestFile(prefix: string, { lake }: Pick<Deployment, 'lake'>): Promise<StoredObject | undefined> {
  for await (const page of lake.list(prefix)) {
    const readable = page.filter(({ key, size }) => key.endsWith('.parquet') && size <= LARGEST_FILE)
    return readable.toSorted((left, right) => right.lastModified.getTime() - left.lastModified.getTime())[0]
  }
  return undefined
}
