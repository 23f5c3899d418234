import type { Alert } from './alert.ts'
import { type Incident, incidentKey } from './incident.ts'

/** PagerDuty's limit for a summary. */
const LONGEST_SUMMARY = 1024

/**
 * Events of PagerDuty's Events API v2 (developer.pagerduty.com), to be sent as they are, each with your `routing_key`. The beginning of a trouble opens an
 * incident and its end resolves it. News opens none.
 */
export function pagerDutyEvents(alert: Alert, { begins, ends = [] }: Incident) {
  const { stage, dataset, kind, severity, message, owner, batchId, rows, hint, next, links = {} } = alert
  const payload = {
    summary: message.slice(0, LONGEST_SUMMARY),
    source: `sluice-${stage}`,
    severity,
    component: dataset,
    group: stage,
    class: kind,
    custom_details: {
      ...(owner && { owner }),
      ...(batchId && { batchId }),
      ...(rows && { rows }),
      ...(alert.reasons && { reasons: Object.fromEntries(alert.reasons) }),
      ...(hint && { hint }),
      next,
    },
  }
  const event = (event_action: 'trigger' | 'resolve', state: string) => ({ event_action, dedup_key: incidentKey(alert, state), payload })
  return [
    ...(begins === undefined
      ? []
      : [{ ...event('trigger', begins), links: Object.entries(links).map(([text, href]) => ({ href, text })) }]),
    ...ends.map((state) => event('resolve', state)),
  ]
}
