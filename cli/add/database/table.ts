/** The contract's type for a type of the database. */
export interface MappedType {
  type: string
  /** What a person should know of it. */
  remark?: string
}

/** A table of a database, as its catalog describes it. */
export interface DatabaseTable {
  /** With its schema: `public.orders`. Of the database of the url itself without one, where tables are in no schemas. */
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
