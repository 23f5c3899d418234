/** What is told to people, and what they were told already. */

/** A trouble of a dataset, from when it begins until its end has been told. */
export interface AlertState {
  dataset: string
  /** A kind of domain/alert/kinds.ts, or one of a compaction. */
  kind: string
  /** False: it is over, and that has not been told yet. */
  firing: boolean
  since: string
  /** What people are to be told of it, in order. `takenUntil`: a function is sending it, and has done so or is dead by then. */
  untold?: { messages: AlertMessage[]; takenUntil: string }
  /** 0 before it is first saved. */
  revision: number
}

/** Remembers what people were told, so that a bad day does not cause a hundred mails. */
export interface AlertStates {
  find(dataset: string, kind: string): Promise<AlertState | undefined>
  /** Those of the dataset that have something to tell. */
  untold(dataset: string): Promise<AlertState[]>
  /** Those of the dataset that are not over. */
  firing(dataset: string): Promise<AlertState[]>
  /** Writes the state when the existing one has its revision (0: there is none); false otherwise. */
  save(state: AlertState): Promise<boolean>
  /** Removes the state when the existing one has its revision; false otherwise. */
  remove(state: AlertState): Promise<boolean>
}

export interface AlertMessage {
  subject: string
  /** For mail. */
  text: string
  /** For Slack and Teams: a custom notification of Amazon Q Developer in chat applications. */
  chat: Record<string, unknown>
  /** For machines; holds at least kind, dataset, severity, message. */
  json: Record<string, unknown>
  attributes: Record<string, string>
}

export interface AlertTopic {
  publish(message: AlertMessage): Promise<void>
}

/** Where the digest of each day goes: to people alone. */
export interface DigestTopic {
  publish(message: { subject: string; text: string }): Promise<void>
}
