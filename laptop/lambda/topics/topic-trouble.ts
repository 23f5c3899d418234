import type { TopicMappingDefinition } from '../../cloudformation/resource-type.ts'

interface ClientError {
  code?: string
  apiId?: string
  message?: string
  errors?: ClientError[]
  cause?: ClientError
}

/** The client wraps one error in the other. */
function* within(error: ClientError | undefined): Generator<ClientError> {
  if (error === undefined || error === null) return
  yield error
  for (const inner of error.errors ?? []) yield* within(inner)
  yield* within(error.cause)
}

const NO_ANSWER = ['PLT_KFK_NETWORK', 'PLT_KFK_TIMEOUT', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT']

/** Whether the brokers have no such topic, so that places in it mean nothing any more. */
export const isGone = (error: unknown) =>
  [...within(error as ClientError)].some(({ apiId, message }) => NO_TOPIC.includes(apiId ?? '') || message?.startsWith('Unknown topic '))

const NO_TOPIC = ['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID']

/** Why the topic cannot be read, in a sentence. */
export function topicTrouble(error: unknown, { servers, topic }: Pick<TopicMappingDefinition, 'servers' | 'topic'>): string {
  const all = [...within(error as ClientError)]
  const brokers = `the brokers at ${servers.join(', ')}`
  if (isGone(error)) return `${brokers} have no topic ${topic}; make it, or correct source.kafka.topic`
  if (all.some(({ code, apiId }) => code === 'PLT_KFK_AUTHENTICATION' || apiId?.includes('AUTHORIZATION')))
    return `${brokers} do not let this machine read topic ${topic}; on the laptop they must need no credentials`
  if (all.some(({ code }) => NO_ANSWER.includes(code ?? ''))) return `${brokers} do not answer, so topic ${topic} cannot be read`
  return `topic ${topic} cannot be read: ${(error as Error).message}`
}
