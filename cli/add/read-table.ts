import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue'
import { UsageError } from '../usage-error.ts'
import type { Sample } from './sample.ts'

/** A table of the Glue catalog as a sample without rows; its partition keys are the raw folders. */
export async function readCatalogTable(name: string): Promise<Sample & { partitionKeys: string[] }> {
  const [database, table, ...more] = name.split('.')
  if (!database || !table || more.length > 0) throw new UsageError(`--from-table ${name}: must be <database>.<table>`)
  const found = await new GlueClient({}).send(new GetTableCommand({ DatabaseName: database, Name: table })).catch((error: Error) => {
    throw new UsageError(`--from-table ${name}: ${error.name}: ${error.message}`)
  })
  const { StorageDescriptor, PartitionKeys = [], Parameters = {} } = found.Table ?? {}
  const columns = (StorageDescriptor?.Columns ?? []).map(({ Name = '', Type = 'string' }) => ({
    name: Name,
    type: Type,
    values: new Map<string, number>(),
    codes: [],
  }))
  if (columns.length === 0) throw new UsageError(`--from-table ${name}: the table has no columns`)
  const delimiter = Parameters.delimiter ?? StorageDescriptor?.SerdeInfo?.Parameters?.['field.delim']
  const format = formatOf(
    `${Parameters.classification} ${StorageDescriptor?.InputFormat} ${StorageDescriptor?.SerdeInfo?.SerializationLibrary}`,
    name,
  )
  return {
    format,
    ...(format === 'csv' && delimiter !== undefined && delimiter !== ',' && { delimiter }),
    columns,
    rows: 0,
    whole: true,
    partitionKeys: PartitionKeys.map(({ Name = '' }) => Name),
  }
}

function formatOf(described: string, name: string): Sample['format'] {
  const typed = (['parquet', 'orc', 'avro'] as const).find((format) => new RegExp(format, 'i').test(described))
  if (typed) return typed
  if (/json/i.test(described)) return 'json'
  if (/csv|text/i.test(described)) return 'csv'
  throw new UsageError(`--from-table ${name}: its format is not csv, json, parquet, orc or avro`)
}
