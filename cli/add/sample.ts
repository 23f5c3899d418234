/** A column of the sample: each value once, and for each row which of them it has. */
export interface SampleColumn {
  /** As the file has it. */
  name: string
  /** Text → its number, in order of appearance. */
  values: Map<string, number>
  /** By row: the number of its value; -1 where it has none. */
  codes: number[]
  /** Spark's type, where the file itself has one (Parquet, ORC, Avro). */
  type?: string
  /** Whether every value was a text, in a format that knows others (JSON). */
  quoted?: boolean
}

export interface Sample {
  format: 'csv' | 'json' | 'parquet' | 'orc' | 'avro'
  /** Of CSV, where it is not the comma. */
  delimiter?: string
  /** Of CSV, where it is not UTF-8. */
  encoding?: string
  /** Of JSON that is not an object a line. */
  multiline?: boolean
  columns: SampleColumn[]
  rows: number
  /** False when the file has more than was read: a key is certain in what was read only. */
  whole: boolean
}

/** The column in which these texts are no values. */
export function without(column: SampleColumn, texts: string[]): SampleColumn {
  const kept = [...column.values].filter(([text]) => !texts.includes(text))
  const numbers = new Map(kept.map(([, code], place) => [code, place]))
  return {
    ...column,
    values: new Map(kept.map(([text], place) => [text, place])),
    codes: column.codes.map((code) => numbers.get(code) ?? -1),
  }
}

/** Rows times columns that are kept; each takes 8 bytes and the values themselves. */
const CELL_LIMIT = 60_000_000

/** Gathers rows into columns; a column that comes late has no value in the rows before. */
export class SampleRows {
  readonly columns: SampleColumn[] = []
  private readonly byName = new Map<string, SampleColumn>()
  rows = 0

  get isFull(): boolean {
    return this.rows * this.columns.length > CELL_LIMIT
  }

  column(name: string): SampleColumn {
    const known = this.byName.get(name)
    if (known) return known
    const made: SampleColumn = { name, values: new Map(), codes: [] }
    this.byName.set(name, made)
    this.columns.push(made)
    return made
  }

  /** Undefined and the empty text count as no value. */
  put(column: SampleColumn, text: string | undefined): void {
    while (column.codes.length < this.rows) column.codes.push(-1)
    if (text === undefined || text === '') return void column.codes.push(-1)
    let code = column.values.get(text)
    if (code === undefined) {
      code = column.values.size
      column.values.set(text, code)
    }
    column.codes.push(code)
  }

  endRow(): void {
    this.rows += 1
  }

  done(): SampleColumn[] {
    for (const { codes } of this.columns) while (codes.length < this.rows) codes.push(-1)
    return this.columns
  }
}
