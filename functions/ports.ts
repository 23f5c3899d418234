/**
 * What use cases need from the world, as capabilities. Adapters over the AWS SDK and in-memory ones for tests implement
 * them; a use case takes the smallest set it needs.
 */

/** Injected so that tests can hold time still. */
export interface Clock {
  now(): Date
}

/** Objects of one bucket. Keys are decoded. */
export interface ObjectStore {
  /** The object's text. Undefined when there is none. */
  getText(key: string): Promise<string | undefined>
  /** `ifAbsent` writes only when no object stands at the key; false when one does. */
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
}

/** One publishing batch a dataset at a time. The owner is an execution's ARN. */
export interface Leases {
  /** Takes or renews the lease; takes over an expired one. */
  acquire(dataset: string, owner: string, ttlSeconds: number): Promise<{ acquired: boolean; owner: string; expiresAt: string }>
  /** Releases only the owner's own lease; anything else is no error. */
  release(dataset: string, owner: string): Promise<void>
}

/** Remembers which alerts are up, so that a bad day is not a hundred mails. */
export interface AlertStates {
  /** Records what was observed and says what it means: tell people (first, recovered), or not (ongoing, quiet). */
  observe(dataset: string, kind: string, firing: boolean): Promise<'first' | 'ongoing' | 'recovered' | 'quiet'>
}

export interface AlertMessage {
  subject: string
  /** For mail. */
  text: string
  /** For machines; holds at least kind, dataset, severity, message. */
  json: Record<string, unknown>
  attributes: Record<string, string>
}
export interface AlertTopic {
  publish(message: AlertMessage): Promise<void>
}

export interface Metric {
  name: string
  value: number
  unit: 'Count' | 'Percent' | 'Seconds' | 'Bytes' | 'None'
}
export interface Metrics {
  put(dataset: string, metrics: Metric[]): Promise<void>
}

export interface Catalog {
  /** Values by partition key of every partition that the expression selects (all without one). */
  partitions(table: string, expression?: string): Promise<Record<string, string>[]>
}
