/** One invocation that publishes, from its start until nothing of its work is left unfinished. */
export interface Publisher {
  dataset: string
  batchId: string
  /** Eight hexadecimal digits; part of the name of each file that it publishes. */
  token: string
  /** See `runOf`. */
  run: string
  enteredAt: string
  /** When it noted its folders: it had the lease then. */
  notedAt?: string
  /** Curated folders in which its files may be beside those that they replace. */
  folders: string[]
}

export const newestFirst = (left: Publisher, right: Publisher) =>
  left.enteredAt === right.enteredAt ? 0 : left.enteredAt < right.enteredAt ? 1 : -1

/** A function runs for 15 minutes at most, and its requests are bounded: what entered before that works no more. */
export const PUBLISHER_SECONDS = 1200
