/** Objects of one bucket. */

/** Objects of one bucket. Keys are decoded. */
export interface ObjectStore {
  /** The object's text. Undefined when there is none. */
  getText(key: string): Promise<string | undefined>
  /** `ifAbsent` writes only when the key has no object; false when it has one. */
  putText(key: string, text: string, options?: { ifAbsent?: boolean; contentType?: string }): Promise<boolean>
  /** Every object below the prefix, a page at a time, in key order, from after `startAfter`. */
  list(prefix: string, options?: { startAfter?: string }): AsyncIterable<StoredObject[]>
  /** Server-side copy within the bucket; overwrites. */
  copy(from: string, to: string): Promise<void>
  remove(keys: string[]): Promise<void>
}

export interface StoredObject {
  key: string
  size: number
  lastModified: Date
  etag?: string
}
