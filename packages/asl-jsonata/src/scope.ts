import type { JsonObject } from './types.ts'

/**
 * The variables of one `States` block. A branch or iteration reads what its surroundings had assigned, and assigns only
 * to itself: what it assigned is gone when it ends. A Distributed Map's children start without an outer scope.
 */
export class Scope {
  #own: JsonObject

  constructor(
    private readonly outer?: Scope,
    own: JsonObject = {},
  ) {
    this.#own = own
  }

  get visible(): JsonObject {
    return { ...this.outer?.visible, ...this.#own }
  }

  get own(): JsonObject {
    return this.#own
  }

  assign(values: JsonObject): void {
    this.#own = { ...this.#own, ...values }
  }
}
