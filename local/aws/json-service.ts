import { AwsError } from './aws-error.ts'
import { type AwsRequest, readBody } from './aws-request.ts'
import type { LocalService, ServiceAnswer } from './gateway.ts'

export type Operation = (input: never, request: AwsRequest) => Promise<unknown>

/** A part of a service of the JSON protocol that runs here; operations it does not name go on to moto. */
export function jsonService(operations: Record<string, Operation>): LocalService {
  return {
    claims: ({ operation }) => operation !== undefined && Object.hasOwn(operations, operation),
    async answer(request) {
      const operation = operations[request.operation as string] as Operation
      const text = (await readBody(request.message)).toString('utf8')
      return jsonAnswer(200, await operation((text ? JSON.parse(text) : {}) as never, request))
    },
  }
}

export function jsonAnswer(status: number, value: unknown): ServiceAnswer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(value ?? {}, epochSeconds) }
}

export function errorAnswer(error: unknown): ServiceAnswer {
  const known = error instanceof AwsError
  const name = known ? error.name : 'InternalFailure'
  const message = error instanceof Error ? error.message : String(error)
  const answer = jsonAnswer(known ? error.status : 500, { __type: name, message, Message: message })
  return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': name } }
}

// The JSON protocols carry times as epoch seconds; toJSON has already run when a replacer is called, hence `this`.
function epochSeconds(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key]
  return original instanceof Date ? original.getTime() / 1000 : value
}
