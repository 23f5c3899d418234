/** One thing wrong with a contract, before its line in a file is known. */
export interface ContractProblem {
  /** Path in the YAML document, e.g. `['quarantine', 'rules', 'negative_amount']`. */
  path: (string | number)[]
  message: string
}

export type Say = (path: (string | number)[], message: string) => void
