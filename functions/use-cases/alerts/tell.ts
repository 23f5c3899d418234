import type { Alert } from '../../domain/alert/alert.ts'
import { compose } from '../../domain/alert/compose.ts'
import { alertMessage } from '../../domain/alert/message.ts'
import type { AlertMessage, AlertState, AlertStates, AlertTopic } from '../../ports/alerts.ts'
import type { Clock } from '../../ports/clock.ts'

/**
 * Each message is noted in the ledger before it is sent, and the note goes once SNS has the message. So a function may be killed anywhere: the next
 * delivery or the sweep sends what was noted. A message is sent twice only if a function is killed, or SNS does not answer, between the two.
 */
export interface TellDeps {
  alertStates: AlertStates
  topic: AlertTopic
  clock: Clock
}

/** No function that tells anything runs longer. */
const TELLING_SECONDS = 600
/** Other functions may change a state between its read and its write. */
const MOST_TRIES = 10

/** Sends an alert when a trouble begins; the ledger remembers it. Returns whether there was anything to send. */
export async function tellTrouble(kind: string, alert: Alert, deps: TellDeps): Promise<boolean> {
  const { dataset } = alert
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const known = await deps.alertStates.find(dataset, kind)
    if (known?.firing) return sendNoted(known, deps)
    // Its end is noted, and told before this: to people this is another trouble.
    const before = known ?? { dataset, kind, revision: 0 }
    const state = { ...before, firing: true, since: deps.clock.now().toISOString() }
    if (await note(state, alertMessage(alert, { begins: kind }), deps)) return true
  }
  return false
}

/** Ends troubles, and reports the end of those that were reported before. */
export async function tellRecovery(
  kinds: string[],
  facts: Omit<Parameters<typeof compose<'recovered'>>[1], 'over'>,
  deps: TellDeps,
): Promise<boolean> {
  let told = false
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const existing = await findAll(facts.dataset, kinds, deps)
    // What could not be told before comes first.
    for (const state of existing) if (await sendNoted(state, deps)) told = true
    const firing: AlertState[] = (told ? await findAll(facts.dataset, kinds, deps) : existing).filter((state) => state.firing)
    const recovered = (states: AlertState[]) => {
      const over = states.map(({ kind }) => kind)
      return alertMessage(compose('recovered', { ...facts, over }), { ends: over })
    }
    // One message for all, but for those that another function is just reporting: their end must not come first.
    const beingTold = firing.filter((state) => isTaken(state, deps))
    for (const state of beingTold) told = (await note({ ...state, firing: false }, recovered([state]), deps)) || told
    const [first, ...others] = firing.filter((state) => !beingTold.includes(state))
    if (first !== undefined) {
      const send = await take({ ...first, firing: false }, recovered([first, ...others]), deps, others)
      if (send === undefined) continue
      await send()
      told = true
    }
    if (firing.length === 0) return told
  }
  return told
}

/** Sends what was noted and not sent, because SNS refused it or a function was killed. */
export async function tellUntold(dataset: string, deps: TellDeps): Promise<void> {
  for (const state of await deps.alertStates.untold(dataset)) await sendNoted(state, deps)
}

async function findAll(dataset: string, kinds: string[], { alertStates }: TellDeps): Promise<AlertState[]> {
  const found = await Promise.all(kinds.map((kind) => alertStates.find(dataset, kind)))
  return found.filter((state) => state !== undefined)
}

const isTaken = ({ untold }: AlertState, { clock }: TellDeps) => untold !== undefined && untold.takenUntil >= clock.now().toISOString()

/** False when there is nothing to send, or another function is sending it. */
async function sendNoted(state: AlertState, deps: TellDeps): Promise<boolean> {
  if (state.untold === undefined || isTaken(state, deps)) return false
  const send = await take(state, undefined, deps)
  await send?.()
  return send !== undefined
}

/** Notes one more message and sends it, or leaves that to the function that is sending others. False when the state has changed meanwhile. */
async function note(state: AlertState, message: AlertMessage, deps: TellDeps): Promise<boolean> {
  const { untold } = state
  if (untold !== undefined && isTaken(state, deps))
    return deps.alertStates.save({ ...state, untold: { ...untold, messages: [...untold.messages, message] } })
  const send = await take(state, message, deps)
  await send?.()
  return send !== undefined
}

/** Notes that this function sends the messages of the state, and one more, which may end others too. Undefined when any has changed meanwhile. */
async function take(
  state: AlertState,
  message: AlertMessage | undefined,
  deps: TellDeps,
  others: AlertState[] = [],
): Promise<(() => Promise<void>) | undefined> {
  const takenUntil = new Date(deps.clock.now().getTime() + TELLING_SECONDS * 1000).toISOString()
  const messages = [...(state.untold?.messages ?? []), ...(message === undefined ? [] : [message])]
  const taken = { ...state, untold: { messages, takenUntil } }
  const { alertStates } = deps
  const saved = others.length === 0 ? await alertStates.save(taken) : await alertStates.saveFor(taken, others)
  return saved ? () => send({ ...taken, revision: taken.revision + 1 }, deps) : undefined
}

type Untold = NonNullable<AlertState['untold']>
type Taken = AlertState & { untold: Untold }

async function send(taken: Taken, deps: TellDeps): Promise<void> {
  let state: Taken | undefined = taken
  while (state !== undefined) {
    const [message] = state.untold.messages
    if (message === undefined) return
    try {
      await deps.topic.publish(message)
    } catch (error) {
      // The next delivery or retry need not wait.
      const current = await stillTaken(state, deps)
      if (current !== undefined) await deps.alertStates.save({ ...current, untold: { ...current.untold, takenUntil: '' } })
      throw error
    }
    state = await sent(state, deps)
  }
}

/** The state without the first message, which SNS has; undefined when nothing is left for this function to send. */
async function sent(state: Taken, deps: TellDeps): Promise<Taken | undefined> {
  let current: Taken | undefined = state
  for (let tries = 0; current !== undefined && tries < MOST_TRIES; tries += 1) {
    const { untold, ...told }: Taken = current
    const messages = untold.messages.slice(1)
    const next = { ...told, untold: { ...untold, messages } }
    if (messages.length > 0 && (await deps.alertStates.save(next))) return { ...next, revision: next.revision + 1 }
    if (messages.length === 0 && (told.firing ? await deps.alertStates.save(told) : await deps.alertStates.remove(told))) return undefined
    // Another function has noted one more.
    current = await stillTaken(current, deps)
  }
  return undefined
}

async function stillTaken({ dataset, kind, untold }: Taken, { alertStates }: TellDeps): Promise<Taken | undefined> {
  const current = await alertStates.find(dataset, kind)
  return current?.untold?.takenUntil === untold.takenUntil ? { ...current, untold: current.untold } : undefined
}
