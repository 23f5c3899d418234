import type { TableColumn } from '../domain/iceberg/evolution.ts'

/** Partitions in the Glue catalog. */

export interface Catalog {
  /** Values by partition key of every partition that the expression selects (all without one). */
  partitions(table: string, expression?: string): Promise<Record<string, string>[]>
}

/** Partitions of the catalog that the pipeline writes itself. */
export interface PartitionRegistry {
  /** Registers partitions with their table's own storage descriptor; one that is there already stays as it is. */
  register(table: string, partitions: { values: Record<string, string>; location: string }[]): Promise<void>
  /** Removes the partitions that the expression selects, and returns how many. Their files stay. */
  forget(table: string, expression: string): Promise<number>
}

export interface PartitionProof {
  /** Those of the given partitions that the catalog does not have, as the same objects. */
  missing(table: string, partitions: Record<string, string>[]): Promise<Record<string, string>[]>
}

export interface TableEntries {
  /** Takes the table out of the catalog; its files stay. Again, it does nothing. */
  forget(table: string): Promise<void>
}

/** Tables of the catalog that are a metadata file and what it names (Iceberg). */
export interface TablePointers {
  /** Undefined for a table that is not in the catalog; without `metadataLocation` it is of another kind. */
  find(table: string): Promise<{ metadataLocation?: string; version: string } | undefined>
  /** Points the table to another metadata file, which has these columns; false when it has changed since `find`. */
  move(table: string, expected: { from: string; version: string }, to: string, columns?: TableColumn[]): Promise<boolean>
}
