import { AwsError } from './aws-error.ts'
import { type AwsRequest, readBody } from './aws-request.ts'
import type { LocalService, ServiceAnswer } from './local-service.ts'

export type Operation = (input: never, request: AwsRequest) => Promise<unknown>

/** A part of a service of the JSON protocol that runs here; operations it does not name go on to moto. */
export function jsonService(operations: Record<string, Operation>): LocalService {
  return {
    claims: ({ operation }) => operation !== undefined && Object.hasOwn(operations, operation),
    async answer(request) {
      const operation = operations[request.operation as string] as Operation
      return jsonAnswer(200, await operation((await readInput(request)) as never, request))
    },
  }
}

/** @throws AwsError when the body is not one JSON object */
export async function readInput({ message }: AwsRequest): Promise<object> {
  const text = (await readBody(message)).toString('utf8')
  if (text === '') return {}
  try {
    const input: unknown = JSON.parse(text)
    if (input !== null && typeof input === 'object' && !Array.isArray(input)) return input
  } catch {}
  throw new AwsError('SerializationException', 'The body is not a JSON object')
}

export function jsonAnswer(status: number, value: unknown): ServiceAnswer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(value ?? {}, epochSeconds) }
}

/** The error in the words of the service's protocol: an SDK that cannot read it would hide what was refused. */
export function errorAnswer(error: unknown, service = ''): ServiceAnswer {
  const known = error instanceof AwsError
  const name = known ? error.name : 'InternalFailure'
  const status = known ? error.status : 500
  const message = error instanceof Error ? error.message : String(error)
  const headers = { 'x-amzn-errortype': name }
  if (service === 's3' || QUERY_SERVICES.has(service)) {
    const xml = `<Error><Code>${name}</Code><Message>${escaped(message)}</Message></Error>`
    const body = service === 's3' ? xml : `<ErrorResponse>${xml}</ErrorResponse>`
    return { status, headers: { ...headers, 'content-type': 'application/xml' }, body }
  }
  const answer = jsonAnswer(status, { __type: name, message, Message: message })
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

const QUERY_SERVICES = new Set(['sns', 'iam', 'sts', 'cloudformation'])

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

// The JSON protocols carry times as epoch seconds; toJSON has already run when a replacer is called, so this uses `this`.
function epochSeconds(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key]
  return original instanceof Date ? original.getTime() / 1000 : value
}
