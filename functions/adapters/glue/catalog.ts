import { GetTableCommand, GlueClient, paginateGetPartitions } from '@aws-sdk/client-glue'
import type { Catalog } from '../../ports/catalog.ts'

export function glueCatalog(database: string, client = new GlueClient({})): Catalog {
  return {
    async partitions(table, expression) {
      const { Table } = await client.send(new GetTableCommand({ DatabaseName: database, Name: table }))
      const keys = (Table?.PartitionKeys ?? []).map((key) => key.Name ?? '')
      const rows: Record<string, string>[] = []
      const pages = paginateGetPartitions(
        { client },
        // Without the columns an answer is small: a table may have a hundred thousand partitions.
        { DatabaseName: database, TableName: table, ExcludeColumnSchema: true, ...(expression && { Expression: expression }) },
      )
      for await (const page of pages) {
        for (const { Values = [] } of page.Partitions ?? [])
          rows.push(Object.fromEntries(keys.map((key, index) => [key, Values[index] ?? ''])))
      }
      return rows
    },
  }
}
