import type { Stream } from '../contract/landers.ts'

/** What Lambda tells of the event source mapping of a stream: https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
export interface Mapping {
  id: string
  state?: string | undefined
  /** Of the last look at the stream. */
  lastResult?: string | undefined
  /** Of the state: a user's action, or why Lambda changed it. */
  reason?: string | undefined
}

export type Reading =
  | { is: 'read' }
  /** It is read, and the function fails: the alarms of streams tell of it. */
  | { is: 'failing' }
  /** The mapping is made, changed or removed at the moment. */
  | { is: 'changing' }
  | { is: 'unreadable'; words: string }
  /** `words`: why Lambda disabled it; without them a person did. */
  | { is: 'disabled'; mappingId: string; words?: string }
  | { is: 'missing' }

const CHANGING = ['Creating', 'Enabling', 'Updating', 'Disabling', 'Deleting']
/** Results that name no trouble. A mapping that has not looked yet may have none. */
const FINE = ['', 'OK', 'No records processed']
const BY_A_PERSON = ['', 'User action', 'USER_INITIATED']

/** https://docs.aws.amazon.com/lambda/latest/dg/services-mq-errors.html */
const CODES: Record<string, string> = {
  ESM_CONFIG_NOT_VALID: 'the configuration of its event source mapping is not valid',
  EVENT_SOURCE_AUTHN_ERROR: 'Lambda cannot sign in to it',
  EVENT_SOURCE_AUTHZ_ERROR: 'Lambda is not allowed to read it',
  FUNCTION_CONFIG_NOT_VALID: 'the configuration of its function is not valid',
}

/** @param mapping undefined where Lambda has none for the function that lands the stream */
export function readingOf(mapping: Mapping | undefined): Reading {
  if (mapping === undefined) return { is: 'missing' }
  const { id, state = '', lastResult = '', reason = '' } = mapping
  if (CHANGING.includes(state)) return { is: 'changing' }
  if (state === 'Disabled')
    return { is: 'disabled', mappingId: id, ...(!BY_A_PERSON.includes(reason) && { words: CODES[reason] ?? oneLine(reason) }) }
  const words = oneLine(lastResult.replace(/^\s*PROBLEM:/, ''))
  if (/^Function call failed/i.test(words)) return { is: 'failing' }
  if (!FINE.includes(words)) return { is: 'unreadable', words }
  const code = CODES[reason]
  return code === undefined ? { is: 'read' } : { is: 'unreadable', words: code }
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().replace(/\.$/, '')

export const streamInWords = ({ kind, name }: Pick<Stream, 'kind' | 'name'>) => `${kind === 'kafka' ? 'topic' : 'stream'} ${name}`

/** A reading that people should know of. */
export type StreamTrouble = Extract<Reading, { is: 'unreadable' | 'disabled' | 'missing' }>

/** Why the stream is not read, in a sentence. */
export function troubleInWords(stream: Pick<Stream, 'kind' | 'name'>, trouble: StreamTrouble): string {
  const what = streamInWords(stream)
  if (trouble.is === 'unreadable') return `${what} cannot be read: ${trouble.words}`
  if (trouble.is === 'missing') return `${what} is not read: its event source mapping is missing`
  return `${what} is not read: its event source mapping is disabled${trouble.words === undefined ? '' : `: ${trouble.words}`}`
}
