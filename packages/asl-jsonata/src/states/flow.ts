import type { Outcome, Visit } from '../engine.ts'
import { queryEvaluationError, StatesError } from '../errors.ts'
import { MAX_WAIT_SECONDS } from '../limits.ts'
import type { Json } from '../types.ts'
import { described, evaluateAs, nextOf, settle } from '../visit.ts'
import { instant } from './instant.ts'

/** Pass and Succeed: the input is passed on, unless the state has an Output. */
export function pass(visit: Visit): Promise<Outcome> {
  const { Output, Assign } = visit.state
  return settle(visit, { next: nextOf(visit), Output, Assign, otherwise: visit.input })
}

export async function choice(visit: Visit): Promise<Outcome> {
  const { Choices = [], Default, Output, Assign } = visit.state
  for (const [i, rule] of Choices.entries()) {
    const holds = await evaluateAs(visit, rule.Condition, `Choices[${i}]/Condition`, ['boolean'])
    if (holds) {
      const { Next, Output, Assign } = rule
      return settle(visit, { next: Next, Output, Assign, otherwise: visit.input, prefix: `Choices[${i}]/` })
    }
  }
  if (Default === undefined) {
    throw new StatesError(
      'States.NoChoiceMatched',
      described(visit, 'No Choices rule was matched and no Default transition was specified.'),
    )
  }
  return settle(visit, { next: Default, Output, Assign, otherwise: visit.input })
}

export async function wait(visit: Visit): Promise<Outcome> {
  const { Seconds, Timestamp, Output, Assign } = visit.state
  const { clock } = visit.frame.engine
  const ms = Timestamp === undefined ? (await waitSeconds(visit, Seconds ?? 0)) * 1000 : (await waitUntil(visit, Timestamp)) - clock.now()
  if (ms > 0) await clock.sleep(ms, { signal: visit.frame.signal, purpose: 'wait' })
  return settle(visit, { next: nextOf(visit), Output, Assign, otherwise: visit.input })
}

async function waitSeconds(visit: Visit, template: Json): Promise<number> {
  const seconds = (await evaluateAs(visit, template, 'Seconds', ['integer'])) as number
  if (seconds >= 0 && seconds <= MAX_WAIT_SECONDS) return seconds
  const text = `The field 'Seconds' must be an integer between 0 and ${MAX_WAIT_SECONDS} but was: ${seconds}`
  throw queryEvaluationError(described(visit, text), 'Seconds')
}

async function waitUntil(visit: Visit, template: Json): Promise<number> {
  const text = (await evaluateAs(visit, template, 'Timestamp', ['string'])) as string
  const at = instant(text)
  if (at !== undefined) return at
  const cause = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`
  throw queryEvaluationError(described(visit, cause), 'Timestamp')
}

export async function fail(visit: Visit): Promise<Outcome> {
  const text = async (template: Json | undefined, location: string) =>
    template === undefined ? undefined : ((await evaluateAs(visit, template, location, ['string'])) as string)
  throw new StatesError(await text(visit.state.Error, 'Error'), await text(visit.state.Cause, 'Cause'))
}
