import { randomUUID } from 'node:crypto'
import { asStatesError, StatesError } from './errors.ts'
import type { Json } from './types.ts'

interface Waiting {
  resolve(output: Json): void
  reject(error: StatesError): void
  heartbeat(): void
}

/** The tokens of `.waitForTaskToken` states that are still waiting. */
export class TaskTokens {
  readonly #waiting = new Map<string, Waiting>()

  /** `forget` is called when the state ends for any reason: the token is worthless then. */
  issue(heartbeat: () => void): { token: string; answer: Promise<Json>; forget(): void } {
    const token = randomUUID()
    const answer = new Promise<Json>((resolve, reject) => this.#waiting.set(token, { resolve, reject, heartbeat }))
    answer.catch(() => undefined)
    return { token, answer, forget: () => this.#waiting.delete(token) }
  }

  succeed(token: string, output: Json): boolean {
    return this.#take(token, (waiting) => waiting.resolve(output))
  }

  fail(token: string, error?: string, cause?: string): boolean {
    return this.#take(token, (waiting) => waiting.reject(asStatesError(new StatesError(error, cause))))
  }

  heartbeat(token: string): boolean {
    this.#waiting.get(token)?.heartbeat()
    return this.#waiting.has(token)
  }

  #take(token: string, answer: (waiting: Waiting) => void): boolean {
    const waiting = this.#waiting.get(token)
    if (waiting) answer(waiting)
    return this.#waiting.delete(token)
  }
}
