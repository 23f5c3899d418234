import { compose } from '../../domain/alert/compose.ts'
import { stateOf, troubleOf, troublesEndedBy } from '../../domain/alert/kinds.ts'
import type { CommandTarget } from '../../domain/command/next-command.ts'
import { type TellDeps, tellRecovery, tellTrouble, tellUntold } from '../alerts/tell.ts'
import type { IntakeAlerts } from './intake.ts'

/** Alerts of intake. A trouble is reported when it begins and when it is over, not each time it is seen. */
export function intakeAlerts(deps: TellDeps, target: CommandTarget = { stage: 'dev' }): IntakeAlerts {
  return {
    async batchFailed({ dataset, batchId, source, executionArn, failure }, isLeft) {
      const state = stateOf(troubleOf(failure.Error, source), source)
      const known = await deps.alertStates.find(dataset, state)
      if (known?.firing !== true && !(await isLeft())) return
      const batch = { batchId, source, execution: { id: executionArn } }
      await tellTrouble(state, compose('batch-failed', { dataset, batch, failure, target }), deps)
    },
    async crawlFailed({ dataset, attempts, error }) {
      await tellTrouble('raw-crawl-failed', compose('raw-crawl-failed', { dataset, attempts, error, target }), deps)
    },
    async crawlRecovered(dataset, because) {
      await tellRecovery(troublesEndedBy('crawl'), { dataset, target, because }, deps)
    },
    async publicationCutOff({ dataset, doubled }) {
      await tellTrouble('publication-cut-off', compose('publication-cut-off', { dataset, doubled, target }), deps)
    },
    async filesMisplaced({ dataset, reason, files, keys }) {
      // A producer that puts every file in the wrong place is one message a day.
      const day = deps.clock.now().toISOString().slice(0, 10)
      const alert = compose('files-misplaced', { dataset, reason, files, keys, target })
      await tellTrouble(`files-misplaced ${reason} ${day}`, alert, deps)
    },
    async late(facts) {
      await tellTrouble('late', compose('late', { ...facts, target }), deps)
    },
    async rowsWait(facts) {
      await tellTrouble('rows-wait', compose('rows-wait', { ...facts, target }), deps)
    },
    async rowsWaitNoMore(dataset) {
      await tellRecovery(troublesEndedBy('parents'), { dataset, target, because: 'no row waits for a parent any more' }, deps)
    },
    async publicationMended(dataset) {
      await tellRecovery(troublesEndedBy('sweep'), { dataset, target, because: 'each partition holds the files of one publication' }, deps)
    },
    async extractFailed(facts) {
      await tellTrouble('extract-failed', compose('extract-failed', { ...facts, target }), deps)
    },
    async streamNotRead(facts) {
      await tellTrouble('stream-not-read', compose('stream-not-read', { ...facts, target }), deps)
    },
    async streamRead(dataset, because) {
      await tellRecovery(troublesEndedBy('reading'), { dataset, target, because }, deps)
    },
    async tellUntold(dataset) {
      await tellUntold(dataset, deps)
    },
  }
}
