import { alertMessage } from '../../domain/alert/alerts.ts'
import type { AlertStates, AlertTopic } from '../../ports.ts'
import type { IntakeAlerts } from './intake.ts'

/** Of the partitions that a message is about; the log has all. */
const FOLDERS_NAMED = 3

/** Alerts of intake: people hear of a trouble when it begins and when it is over, not of each time it is seen. */
export function intakeAlerts(alertStates: AlertStates, topic: AlertTopic): IntakeAlerts {
  return {
    async batchFailed({ dataset, batchId, status, executionArn }) {
      if ((await alertStates.observe(dataset, 'batch-failed', true)) !== 'first') return
      const message = `Batch ${batchId} ${status === 'ABORTED' ? 'was stopped by hand' : 'ran out of time'}; nothing of it has been lost.`
      const next = [`sluice redrive ${batchId}`, `sluice status ${dataset}`]
      await topic.publish(
        alertMessage({ kind: 'batch-failed', severity: 'critical', dataset, batchId, message, observed: { executionArn }, next }),
      )
    },
    async crawlFailed({ dataset, attempts, error }) {
      if ((await alertStates.observe(dataset, 'crawl-failed', true)) !== 'first') return
      const message = `The raw crawler has failed ${attempts} times and is tried again, ever more slowly; what has landed waits. Last: ${error}`
      const next = [`sluice status ${dataset}`]
      await topic.publish(alertMessage({ kind: 'crawl-failed', severity: 'critical', dataset, message, observed: { attempts }, next }))
    },
    async crawlRecovered(dataset) {
      if ((await alertStates.observe(dataset, 'crawl-failed', false)) !== 'recovered') return
      await topic.publish(alertMessage({ kind: 'recovered', severity: 'info', dataset, message: 'The raw crawler works again.', next: [] }))
    },
    async publicationCutOff({ dataset, doubled }) {
      if ((await alertStates.observe(dataset, 'publication-cut-off', true)) !== 'first') return
      const batchIds = [...new Set(doubled.map(({ batchId }) => batchId))]
      const named = doubled.slice(0, FOLDERS_NAMED).map(({ folder }) => folder)
      const message =
        `Publishing ${batchIds.join(', ')} was cut off: rows may be twice in ${doubled.length} ${doubled.length === 1 ? 'partition' : 'partitions'} ` +
        `(${named.join(', ')}${doubled.length > named.length ? ' …' : ''}). A redrive, or a backfill over them, writes each row once.`
      const next = [...batchIds.map((batchId) => `sluice redrive ${batchId}`), `sluice backfill ${dataset} --all --only all`]
      await topic.publish(alertMessage({ kind: 'publication-cut-off', severity: 'warning', dataset, message, next }))
    },
    async publicationMended(dataset) {
      if ((await alertStates.observe(dataset, 'publication-cut-off', false)) !== 'recovered') return
      const message = 'Each partition holds the files of one publication again.'
      await topic.publish(alertMessage({ kind: 'recovered', severity: 'info', dataset, message, next: [] }))
    },
  }
}
