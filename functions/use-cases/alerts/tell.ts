import type { Alert } from '../../domain/alert/alert.ts'
import { compose } from '../../domain/alert/compose.ts'
import { alertMessage } from '../../domain/alert/message.ts'
import type { AlertStates, AlertTopic } from '../../ports.ts'

export interface TellDeps {
  alertStates: AlertStates
  topic: AlertTopic
}

/** Tells people of a trouble when it begins; the ledger remembers that they know. The answer says whether it was told now. */
export async function tellTrouble(state: string, alert: Alert, { alertStates, topic }: TellDeps): Promise<boolean> {
  if ((await alertStates.observe(alert.dataset, state, true)) !== 'first') return false
  await publish(alert, topic, () => alertStates.observe(alert.dataset, state, false))
  return true
}

/** Ends troubles, and tells people of the end of those that they had heard of. */
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

// People do not know what SNS has refused: the states go back, so that the next delivery or retry tells them.
async function publish(alert: Alert, topic: AlertTopic, takeBack: () => Promise<unknown>): Promise<void> {
  try {
    await topic.publish(alertMessage(alert))
  } catch (error) {
    await takeBack()
    throw error
  }
}
