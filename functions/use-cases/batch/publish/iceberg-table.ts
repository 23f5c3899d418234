import { ConfigurationError, TransientDependencyError } from '../../../domain/errors.ts'
import { columnsOf } from '../../../domain/iceberg/evolution.ts'
import { nextMetadataLocation, readMetadata, type TableMetadata, writeMetadata } from '../../../domain/iceberg/metadata.ts'
import type { TablePointers } from '../../../ports/catalog.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'

export interface TableDeps {
  tables: TablePointers
  lake: Pick<ObjectStore, 'getText' | 'putText'>
  clock: Clock
  newUuid: () => string
}

export interface OpenTable {
  metadata: TableMetadata
  /** Of its metadata file. */
  location: string
  version: string
}

/** @throws ConfigurationError for a table that is not there, is not Iceberg's, or whose metadata cannot be read */
export async function openTable(table: string, { tables, lake }: Pick<TableDeps, 'tables' | 'lake'>): Promise<OpenTable> {
  const pointer = await tables.find(table)
  if (pointer === undefined) throw new ConfigurationError(`table ${table} is not in the catalog`)
  if (pointer.metadataLocation === undefined)
    throw new ConfigurationError(`table ${table} is in the catalog without metadata_location: it is not an Iceberg table`)
  const text = await lake.getText(keyOf(pointer.metadataLocation))
  if (text === undefined) throw new ConfigurationError(`the metadata of table ${table} is missing: ${pointer.metadataLocation}`)
  const metadata = readMetadata(text)
  if (metadata === undefined)
    throw new ConfigurationError(`${pointer.metadataLocation} is not the metadata of an Iceberg table of format version 2`)
  return { metadata, location: pointer.metadataLocation, version: pointer.version }
}

/** @throws TransientDependencyError when the table has changed since it was opened */
export async function moveTable(table: string, { location, version }: OpenTable, next: TableMetadata, deps: TableDeps): Promise<void> {
  const to = nextMetadataLocation(location, deps.newUuid())
  if (to === undefined) throw new ConfigurationError(`${location} is not named as a metadata file of a catalog's table`)
  await deps.lake.putText(keyOf(to), writeMetadata(next))
  if (await deps.tables.move(table, { from: location, version }, to, columnsOf(next))) return
  throw new TransientDependencyError(`table ${table} changed in the catalog at the same moment`)
}

/** Metadata is in the lake bucket, below `curated/`. */
const keyOf = (location: string) => location.replace(/^s3a?:\/\/[^/]+\//, '')
