import type { Simulation } from './simulation.ts'

interface Message {
  id: string
  body: string
  receives: number
}

/** Consumes messages; answers the ids of those that failed. Never answers when it dies. */
export type Consumer = (messages: { id: string; body: string }[]) => Promise<Set<string>>

/** An SQS queue with its function: at least once, in no order, failed messages after the visibility timeout, the DLQ after five receives. */
export class SimulatedQueue {
  deadLetters = 0
  inFlight = 0
  readonly #waiting: Message[] = []
  readonly #simulation: Simulation
  readonly #consume: Consumer
  readonly #limits: { batchSize: number; visibilitySeconds: number; duplicates: () => number }
  #serial = 0

  constructor(
    simulation: Simulation,
    consume: Consumer,
    limits: { batchSize: number; visibilitySeconds: number; duplicates: () => number },
  ) {
    this.#simulation = simulation
    this.#consume = consume
    this.#limits = limits
  }

  send(body: string, delayMilliseconds = 0): void {
    this.inFlight += 1
    this.#show({ id: `m${(this.#serial += 1)}`, body, receives: 0 }, delayMilliseconds)
  }

  #show(message: Message, delay: number): void {
    this.#simulation.after(delay, () => {
      this.#waiting.push(message)
      // The poller gathers what arrives about the same time.
      if (this.#waiting.length === 1) this.#simulation.after(this.#simulation.between(10, 1500), () => this.#poll())
    })
  }

  #poll(): void {
    const batch = this.#waiting.splice(0, this.#limits.batchSize)
    if (this.#waiting.length > 0) this.#simulation.after(this.#simulation.between(10, 500), () => this.#poll())
    if (batch.length === 0) return
    const failed = new Set(batch.map(({ id }) => id))
    // Whatever happens to the function, its messages come again when they become visible, unless it has deleted them.
    const callOff = this.#simulation.after(this.#limits.visibilitySeconds * 1000, () => {
      for (const message of batch) if (failed.has(message.id)) this.#return(message)
    })
    this.#consume(batch).then(
      (failures) => {
        for (const { id } of batch) {
          if (failures.has(id)) continue
          failed.delete(id)
          this.inFlight -= 1
        }
        if (failed.size === 0) callOff()
      },
      // The whole invocation failed: all of its messages come again.
      () => {},
    )
    if (this.#simulation.chance(this.#limits.duplicates())) {
      this.#simulation.after(this.#simulation.between(0, 20_000), () => void this.#consume(batch).catch(() => {}))
    }
  }

  #return(message: Message): void {
    message.receives += 1
    if (message.receives < 5) return this.#show(message, 0)
    this.deadLetters += 1
    this.inFlight -= 1
  }
}
