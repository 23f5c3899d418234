/** What is told to people, and what they were told already. */

/** Remembers which alerts are active, so that a bad day does not cause a hundred mails. */
export interface AlertStates {
  /** Records what was observed and returns what it means: send an alert (first, recovered), or not (ongoing, quiet). */
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
