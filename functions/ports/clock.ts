/** Time, injected. */

/** Injected so that tests can hold time still. */
export interface Clock {
  now(): Date
}
