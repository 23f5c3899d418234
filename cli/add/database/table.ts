import type { MappedType } from './types.ts'

/** A table of a database, as its catalog describes it. */
export interface DatabaseTable {
  /** With its schema: `public.orders`. */
  name: string
  columns: DatabaseColumn[]
  indexes: DatabaseIndex[]
  /** What was not certain, in sentences. */
  warnings: string[]
}

export interface DatabaseColumn extends MappedType {
  name: string
  /** No row may have NULL in it. */
  required: boolean
}

/** Those of all rows; partial ones are not among them. */
export interface DatabaseIndex {
  primary: boolean
  unique: boolean
  /** In their order; undefined where an expression is indexed. */
  columns: (string | undefined)[]
}
