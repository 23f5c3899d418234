import type { Clock } from '../clock.ts'
import type { Execution } from '../execution.ts'
import type { World } from '../records.ts'
import type { Refusal } from '../types.ts'
import type { StepFunctionsStorage } from './storage.ts'

/** What the actions share. */
export interface Service {
  storage: StepFunctionsStorage
  clock: Clock
  world: World
  region: string
  accountId: string
  refuses: Refusal
  /** Executions that run in this process, and the promise of their end. */
  running: Map<string, { execution: Execution; ended: Promise<unknown> }>
}

/** An action of the API: a JSON body in, a JSON body out. */
export type Action = (service: Service, body: Record<string, never>) => unknown

/** An error response, in the form that SDKs decode. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure'
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message)
  }
}

export const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000)

export function requireArn(arn: unknown, kind: 'stateMachine' | 'execution' | 'mapRun'): string {
  if (typeof arn === 'string' && new RegExp(`^arn:[^:]+:states:[^:]*:[^:]*:${kind}:.+$`).test(arn)) return arn
  throw new ServiceFailure('InvalidArn', `Invalid Arn: 'Resource type not valid in this context: ${arn}'`)
}

/** Names of machines and executions: at most 80 characters, none that ARNs and consoles trip over. */
export function requireName(name: unknown): string {
  const forbidden = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/
  if (typeof name === 'string' && name.length >= 1 && name.length <= 80 && !forbidden.test(name)) return name
  throw new ServiceFailure('InvalidName', `Invalid Name: '${name}'`)
}

/** A page of a list, newest pages last; the token is where the next one begins. */
export function page<T>(
  all: T[],
  { maxResults, nextToken }: { maxResults?: number; nextToken?: string },
): { items: T[]; nextToken?: string } {
  const from = nextToken ? Number(Buffer.from(nextToken, 'base64url').toString()) : 0
  if (!Number.isInteger(from)) throw new ServiceFailure('InvalidToken', `Invalid Token: '${nextToken}'`)
  const size = maxResults || 100
  const next = from + size
  return {
    items: all.slice(from, next),
    ...(next < all.length ? { nextToken: Buffer.from(String(next)).toString('base64url') } : {}),
  }
}
