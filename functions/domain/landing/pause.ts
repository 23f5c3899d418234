/** A person has paused a dataset: landings are recorded, and no crawl and no batch of them starts. */
export interface Pause {
  by: string
  at: string
  reason?: string
}

export const pauseSentence = ({ by, at, reason }: Pause) => `since ${at}, by ${by}${reason ? `: ${reason}` : ''}`
