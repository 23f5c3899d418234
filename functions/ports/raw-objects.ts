/** Where landers put what they take from a source. */
export interface RawObjects {
  /** Writes the text in gzip, the same bytes each time, unless the key has an object already; false when it has. */
  create(key: string, text: string): Promise<boolean>
}
