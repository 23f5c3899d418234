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
    // Their end must not come before what another function is just telling of them.
    const beingTold = firing.filter((state) => isTaken(state, deps))
    for (const state of beingTold) told = (await note({ ...state, firing: false }, recovered([state]), deps)) || told
    const free = firing.filter((state) => !beingTold.includes(state))
    if (await endTogether(free, recovered, deps)) told = true
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
  return takeAndSend(state, undefined, deps)
}

/** Notes one more message and sends it, or leaves that to the function that is sending others. False when the state has changed meanwhile. */
async function note(state: AlertState, message: AlertMessage, deps: TellDeps): Promise<boolean> {
  const { untold } = state
  if (untold !== undefined && isTaken(state, deps))
    return deps.alertStates.save({ ...state, untold: { ...untold, messages: [...untold.messages, message] } })
  return takeAndSend(state, message, deps)
}

async function takeAndSend(state: AlertState, message: AlertMessage | undefined, deps: TellDeps): Promise<boolean> {
  const taken = await take(state, message, deps)
  if (taken !== undefined) await send(taken, deps)
  return taken !== undefined
}

type Untold = NonNullable<AlertState['untold']>
type Taken = AlertState & { untold: Untold }

/** Notes that this function sends the messages of the state, and one more. Undefined when it has changed meanwhile. */
async function take(state: AlertState, message: AlertMessage | undefined, deps: TellDeps): Promise<Taken | undefined> {
  const takenUntil = new Date(deps.clock.now().getTime() + TELLING_SECONDS * 1000).toISOString()
  const messages = [...(state.untold?.messages ?? []), ...(message === undefined ? [] : [message])]
  const taken = { ...state, untold: { messages, takenUntil } }
  return (await deps.alertStates.save(taken)) ? { ...taken, revision: taken.revision + 1 } : undefined
}

/**
 * Tells in one message that several troubles are over. Each has its own end noted, so where SNS refuses the message, or this function is killed, a trouble that
 * begins again does so after its end. Returns whether any was over.
 */
async function endTogether(states: AlertState[], recovered: (states: AlertState[]) => AlertMessage, deps: TellDeps): Promise<boolean> {
  const taken: Taken[] = []
  for (const state of states) {
    const one = await take({ ...state, firing: false }, recovered([state]), deps)
    if (one !== undefined) taken.push(one)
  }
  const together = taken.filter(({ untold }) => untold.messages.length === 1)
  const left = taken.filter((state) => !together.includes(state))
  try {
    if (together.length > 0) await deps.topic.publish(recovered(together))
  } catch (error) {
    for (const state of taken) await release(state, deps)
    throw error
  }
  for (const state of together) {
    const more = await sent(state, deps)
    if (more !== undefined) left.push(more)
  }
  for (const state of left) await send(state, deps)
  return taken.length > 0
}

async function send(taken: Taken, deps: TellDeps): Promise<void> {
  let state: Taken | undefined = taken
  while (state !== undefined) {
    const [message] = state.untold.messages
    if (message === undefined) return
    try {
      await deps.topic.publish(message)
    } catch (error) {
      await release(state, deps)
      throw error
    }
    state = await sent(state, deps)
  }
}

/** So that the next delivery or retry need not wait. */
async function release(state: Taken, deps: TellDeps): Promise<void> {
  const current = await stillTaken(state, deps)
  if (current !== undefined) await deps.alertStates.save({ ...current, untold: { ...current.untold, takenUntil: '' } })
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
