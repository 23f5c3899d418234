import type { AlertMessage, AlertStates, AlertTopic } from '../ports.ts'
import type { IntakeAlerts } from './intake.ts'

/** Alerts of intake: people hear of a trouble when it begins and when it is over, not of each time it is seen. */
export function intakeAlerts(alertStates: AlertStates, topic: AlertTopic): IntakeAlerts {
  const tell = (kind: string, severity: 'error' | 'info', dataset: string, message: string, observed: Record<string, unknown>) =>
    topic.publish(alertMessage({ kind, severity, dataset, message, observed }))
  return {
    async batchFailed({ dataset, batchId, status, executionArn }) {
      if ((await alertStates.observe(dataset, 'batch-failed', true)) !== 'first') return
      const how = status === 'ABORTED' ? 'was stopped by hand' : 'ran out of time'
      await tell('batch-failed', 'error', dataset, `Batch ${batchId} ${how}. Run it again with: sluice redrive ${batchId}`, {
        batchId,
        status,
        executionArn,
      })
    },
    async crawlFailed({ dataset, attempts, error }) {
      if ((await alertStates.observe(dataset, 'crawl-failed', true)) !== 'first') return
      const message = `The raw crawler has failed ${attempts} times and is tried again, ever more slowly; what has landed waits. Last: ${error}`
      await tell('crawl-failed', 'error', dataset, message, { attempts, error })
    },
    async crawlRecovered(dataset) {
      if ((await alertStates.observe(dataset, 'crawl-failed', false)) !== 'recovered') return
      await tell('recovered', 'info', dataset, 'The raw crawler works again.', { recovered: 'crawl-failed' })
    },
  }
}

interface Telling {
  kind: string
  severity: string
  dataset: string
  message: string
  observed: Record<string, unknown>
}

function alertMessage({ kind, severity, dataset, message, observed }: Telling): AlertMessage {
  const batchId = typeof observed.batchId === 'string' ? observed.batchId : null
  return {
    subject: `Sluice: ${dataset}: ${kind}`,
    text: `${message}\n\nDataset: ${dataset}\nKind: ${kind}\n`,
    json: { kind, dataset, severity, message, batchId, observed },
    attributes: { dataset, kind, severity },
  }
}
