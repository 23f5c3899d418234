import { DeleteTableCommand, GetTableCommand, GlueClient, type Table, type TableInput, UpdateTableCommand } from '@aws-sdk/client-glue'
import type { TableColumn } from '../../domain/iceberg/evolution.ts'
import type { TableEntries, TablePointers } from '../../ports/catalog.ts'
import { columnsInGlue } from './iceberg-columns.ts'

export function glueTablePointers(database: string, client = new GlueClient({})): TablePointers {
  const read = async (table: string) => (await client.send(new GetTableCommand({ DatabaseName: database, Name: table }))).Table
  return {
    async find(table) {
      try {
        const found = await read(table)
        const metadataLocation = found?.Parameters?.metadata_location
        return { version: found?.VersionId ?? '', ...(metadataLocation !== undefined && { metadataLocation }) }
      } catch (error) {
        if ((error as Error).name === 'EntityNotFoundException') return undefined
        throw error
      }
    },

    async move(table, { from, version }, to, columns) {
      const found = await read(table)
      if (found?.VersionId !== version || found.Parameters?.metadata_location !== from) return false
      const Parameters = { ...found.Parameters, metadata_location: to, previous_metadata_location: from }
      try {
        await client.send(
          new UpdateTableCommand({
            DatabaseName: database,
            TableInput: { ...inputOf(withColumns(found, columns)), Parameters },
            // Glue refuses the update when the table has another version by now.
            VersionId: version,
            // Iceberg keeps its own history; Glue's list of versions has a quota.
            SkipArchive: true,
          }),
        )
        return true
      } catch (error) {
        if ((error as Error).name === 'ConcurrentModificationException') return false
        throw error
      }
    },
  }
}

export function glueTableEntries(database: string, client = new GlueClient({})): TableEntries {
  return {
    async forget(table) {
      try {
        await client.send(new DeleteTableCommand({ DatabaseName: database, Name: table }))
      } catch (error) {
        if ((error as Error).name !== 'EntityNotFoundException') throw error
      }
    },
  }
}

function withColumns(table: Table, columns: TableColumn[] | undefined): Table {
  const { StorageDescriptor } = table
  if (columns === undefined || StorageDescriptor?.Columns === undefined) return table
  return { ...table, StorageDescriptor: { ...StorageDescriptor, Columns: columnsInGlue(StorageDescriptor.Columns, columns) } }
}

/** What UpdateTable takes of what GetTable gives. */
function inputOf(table: Table): TableInput {
  const { Name, Description, Owner, LastAccessTime, LastAnalyzedTime, Retention, StorageDescriptor, PartitionKeys, TableType } = table
  return {
    Name,
    ...(Description !== undefined && { Description }),
    ...(Owner !== undefined && { Owner }),
    ...(LastAccessTime !== undefined && { LastAccessTime }),
    ...(LastAnalyzedTime !== undefined && { LastAnalyzedTime }),
    ...(Retention !== undefined && { Retention }),
    ...(StorageDescriptor !== undefined && { StorageDescriptor }),
    ...(PartitionKeys !== undefined && { PartitionKeys }),
    ...(TableType !== undefined && { TableType }),
  }
}
