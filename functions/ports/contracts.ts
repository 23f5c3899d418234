/** The contracts of this deployment. */

import type { Contract } from '../domain/contract/contract.ts'

/** Contracts of this deployment. */
export interface Contracts {
  all(): Promise<Contract[]>
  /** Undefined for a dataset that this deployment does not know. */
  find(dataset: string): Promise<Contract | undefined>
}
