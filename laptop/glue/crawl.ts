import { BatchCreatePartitionCommand, GetTableCommand, paginateGetPartitions, type Table } from '@aws-sdk/client-glue'
import pMap from 'p-map'
import type { Clients } from '../aws/clients.ts'
import { leavesOut } from './classify.ts'
import { type PartitionFolder, partitionFolders } from './partition-folders.ts'

export interface CatalogTarget {
  DatabaseName: string
  Tables: string[]
}

/** Called with each table before the crawl changes it; throws if the crawler's role does not allow that. */
export type BeforeTable = (table: Table) => void

/** The service's limit of partitions in one call. */
const MOST_AT_ONCE = 100
const FOLDERS_AT_ONCE = 8

/**
 * One crawl of catalog targets: partitions that are in S3 but not in the catalog are added, with the table's own columns, but for those
 * that AWS's classifiers would leave out;
 * nothing is removed and no schema changes. Returns how many were added.
 */
export async function crawl(
  clients: Clients,
  targets: CatalogTarget[],
  signal: AbortSignal,
  before: BeforeTable = () => {},
): Promise<number> {
  let added = 0
  for (const { DatabaseName, Tables } of targets) {
    for (const name of Tables) {
      const { Table } = await clients.glue.send(new GetTableCommand({ DatabaseName, Name: name }))
      signal.throwIfAborted()
      if (Table) before(Table)
      if (Table?.PartitionKeys?.length) added += await addPartitions(clients, DatabaseName, Table)
    }
  }
  return added
}

async function addPartitions(clients: Clients, DatabaseName: string, table: Table): Promise<number> {
  const TableName = table.Name as string
  const keys = (table.PartitionKeys ?? []).map((key) => key.Name as string)
  const folders = await partitionFolders(clients.s3, table.StorageDescriptor?.Location ?? '', keys)
  const known = new Set<string>()
  for await (const page of paginateGetPartitions({ client: clients.glue }, { DatabaseName, TableName, ExcludeColumnSchema: true })) {
    for (const partition of page.Partitions ?? []) known.add(JSON.stringify(partition.Values))
  }
  const unknown = folders.filter((folder) => !known.has(JSON.stringify(folder.values)))
  const unclassified = await pMap(unknown, (folder) => leavesOut(clients, table, folder), { concurrency: FOLDERS_AT_ONCE })
  const missing = unknown.filter((_, index) => !unclassified[index])
  for (let first = 0; first < missing.length; first += MOST_AT_ONCE) {
    const PartitionInputList = missing.slice(first, first + MOST_AT_ONCE).map((folder) => partitionInput(table, folder))
    const { Errors = [] } = await clients.glue.send(new BatchCreatePartitionCommand({ DatabaseName, TableName, PartitionInputList }))
    const error = Errors.find(({ ErrorDetail }) => ErrorDetail?.ErrorCode !== 'AlreadyExistsException')
    if (error) throw new Error(`partition ${error.PartitionValues?.join('/')} of ${TableName}: ${error.ErrorDetail?.ErrorMessage}`)
  }
  return missing.length
}

function partitionInput(table: Table, folder: PartitionFolder) {
  return {
    Values: folder.values,
    StorageDescriptor: { ...table.StorageDescriptor, Location: folder.location },
    Parameters: { classification: table.Parameters?.classification ?? 'unknown' },
  }
}
