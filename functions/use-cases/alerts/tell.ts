import type { Alert } from '../../domain/alert/alert.ts'
import { compose } from '../../domain/alert/compose.ts'
import { alertMessage } from '../../domain/alert/message.ts'
import type { AlertStates, AlertTopic } from '../../ports/alerts.ts'

export interface TellDeps {
  alertStates: AlertStates
  topic: AlertTopic
}

/** Sends an alert when a trouble begins; the ledger remembers it. Returns whether the alert was sent now. */
export async function tellTrouble(state: string, alert: Alert, { alertStates, topic }: TellDeps): Promise<boolean> {
  if ((await alertStates.observe(alert.dataset, state, true)) !== 'first') return false
  await publish(alert, topic, () => alertStates.observe(alert.dataset, state, false))
  return true
}

/** Ends troubles, and reports the end of those that were reported before. */
export async function tellRecovery(
  states: string[],
  facts: Omit<Parameters<typeof compose<'recovered'>>[1], 'over'>,
  { alertStates, topic }: TellDeps,
): Promise<boolean> {
  const over: string[] = []
  for (const state of states) if ((await alertStates.observe(facts.dataset, state, false)) === 'recovered') over.push(state)
  if (over.length === 0) return false
  await publish(compose('recovered', { ...facts, over }), topic, async () => {
    for (const state of over) await alertStates.observe(facts.dataset, state, true)
  })
  return true
}

// SNS has refused the message, so no one has seen it: the states go back, and the next delivery or retry sends it.
async function publish(alert: Alert, topic: AlertTopic, takeBack: () => Promise<unknown>): Promise<void> {
  try {
    await topic.publish(alertMessage(alert))
  } catch (error) {
    await takeBack()
    throw error
  }
}
