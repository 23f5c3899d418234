/** What a query gives, whichever engine ran it: every value is a text, or null. */
export interface QueryResult {
  columns: { name: string; type: string }[]
  rows: AsyncIterable<(string | null)[]>
}
