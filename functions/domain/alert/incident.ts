import type { Alert } from './alert.ts'

/** What an alert begins or ends, as the ledger names it. News is neither. */
export interface Incident {
  begins?: string
  ends?: string[]
}

/** The same for the beginning and the end of one trouble of one dataset: tools that open and close incidents know it by that. */
export const incidentKey = ({ stage, dataset }: Pick<Alert, 'stage' | 'dataset'>, state: string) =>
  `sluice/${stage}/${dataset}/${state}`.slice(0, LONGEST_KEY)

/** PagerDuty's limit for a dedup_key (developer.pagerduty.com, Events API v2). */
const LONGEST_KEY = 255
