import { compose } from '../../domain/alert/compose.ts'
import { troublesEndedBy } from '../../domain/alert/kinds.ts'
import type { CommandTarget } from '../../domain/command/next-command.ts'
import type { AlertStates, AlertTopic } from '../../ports/alerts.ts'
import type { Clock } from '../../ports/clock.ts'
import { tellRecovery, tellTrouble } from '../alerts/tell.ts'
import type { IntakeAlerts } from './intake.ts'

/** Alerts of intake. A trouble is reported when it begins and when it is over, not each time it is seen. */
export function intakeAlerts(
  alertStates: AlertStates,
  topic: AlertTopic,
  clock: Clock,
  target: CommandTarget = { stage: 'dev' },
): IntakeAlerts {
  const deps = { alertStates, topic }
  return {
    async batchFailed({ dataset, batchId, status, executionArn }) {
      const batch = { batchId, execution: { id: executionArn } }
      await tellTrouble('batch-failed', compose('batch-failed', { dataset, batch, failure: { Error: status }, target }), deps)
    },
    async crawlFailed({ dataset, attempts, error }) {
      await tellTrouble('raw-crawl-failed', compose('raw-crawl-failed', { dataset, attempts, error, target }), deps)
    },
    async crawlRecovered(dataset) {
      await tellRecovery(troublesEndedBy('crawl'), { dataset, target, because: 'the raw crawler works again' }, deps)
    },
    async publicationCutOff({ dataset, doubled }) {
      await tellTrouble('publication-cut-off', compose('publication-cut-off', { dataset, doubled, target }), deps)
    },
    async filesMisplaced({ dataset, reason, files, keys }) {
      // A producer that puts every file in the wrong place is one message a day.
      const day = clock.now().toISOString().slice(0, 10)
      const alert = compose('files-misplaced', { dataset, reason, files, keys, target })
      await tellTrouble(`files-misplaced ${reason} ${day}`, alert, deps)
    },
    async publicationMended(dataset) {
      await tellRecovery(troublesEndedBy('sweep'), { dataset, target, because: 'each partition holds the files of one publication' }, deps)
    },
  }
}
