import { DATASET_NAME, IDENTIFIER } from './contract.ts'
import type { ContractDraft, Listed } from './draft.ts'

/** One thing wrong with a contract, before anybody knows in which line of which file it stands. */
export interface ContractProblem {
  /** Path in the YAML document, e.g. `['quarantine', 'rules', 'negative_amount']`. */
  path: (string | number)[]
  message: string
}

type Say = (path: (string | number)[], message: string) => void

/** What Sluice itself writes beside the contract's columns, and what Spark has beside every file's. */
const RESERVED = new Set(['_errors', '_source_file', '_batch_id', '_contract_version', '_raw_record', 'batch_id', '_metadata'])
/** So begin the columns that the job has beside the contract's while it works. */
const RESERVED_PREFIX = '__'

/** Rules between fields that the schema alone cannot say. Returns every problem, not the first. */
export function crossFieldProblems(draft: ContractDraft): ContractProblem[] {
  const problems: ContractProblem[] = []
  const say: Say = (path, message) => problems.push({ path, message })
  if (draft.columns) {
    nameProblems(draft, [...draft.columns.keys()], say)
    listProblems(draft, [...draft.columns.keys(), ...draft.derive.keys()], say)
  }
  columnProblems(draft, say)
  rateProblems(draft, say)
  referenceProblems(draft, say)
  return problems
}

function nameProblems(draft: ContractDraft, columns: string[], say: Say) {
  const taken = new Map<string, string>()
  const spelled = [
    ...columns.map((name) => ['columns', name] as const),
    ...[...draft.derive.keys()].map((name) => ['derive', name] as const),
  ]
  for (const [field, name] of spelled) {
    const twin = taken.get(name.toLowerCase())
    if (twin === name) say([field, name], `"${name}" is already a column; give the derived one another name`)
    else if (twin !== undefined) say([field, name], `differs from "${twin}" only in case; Glue and Spark read them as one`)
    sayReserved(name, [field, name], say)
    taken.set(name.toLowerCase(), name)
  }
  for (const { name, index } of draft.partitionKeys) {
    const path = ['source', 'partition_keys', index]
    if (taken.has(name.toLowerCase())) say(path, `"${name}" is a partition key and a column; a table cannot hold both`)
    sayReserved(name, path, say)
  }
  sayTwice(draft.partitionKeys, ['source', 'partition_keys'], say)
}

function sayReserved(name: string, path: (string | number)[], say: Say) {
  if (RESERVED.has(name.toLowerCase())) say(path, `"${name}" is a name that Sluice or Spark writes itself; give it another`)
  else if (name.startsWith(RESERVED_PREFIX))
    say(path, `"${name}" begins with ${RESERVED_PREFIX}, as only columns of Sluice's own do; give it another name`)
}

function listProblems(draft: ContractDraft, known: string[], say: Say) {
  const partitionKeys = draft.partitionKeys.map((key) => key.name)
  const requireKnown = (listed: Listed[], path: string[], also: string[] = []) => {
    for (const { name, index } of listed) {
      if (known.includes(name) || also.includes(name) || !IDENTIFIER.test(name)) continue
      const key = partitionKeys.includes(name) ? '; to use the partition key, add a derived column that names it' : ''
      say([...path, index], `names column "${name}", which is neither in columns nor in derive${key}`)
    }
    sayTwice(listed, path, say)
  }
  requireKnown(draft.primaryKey, ['primary_key'])
  requireKnown(draft.latestBy, ['latest_by'])
  requireKnown(draft.partitionBy, ['curated', 'partition_by'], partitionKeys)
  const partitionBy = draft.partitionBy.map((entry) => entry.name)
  if (known.length > 0 && known.every((name) => partitionBy.includes(name))) {
    say(['curated', 'partition_by'], 'leaves no column in the files; at least one must not be a partition column')
  }
}

function sayTwice(listed: Listed[], path: string[], say: Say) {
  const names = listed.map((entry) => entry.name)
  listed.forEach(({ name, index }, place) => {
    if (names.indexOf(name) !== place) say([...path, index], `names "${name}" twice`)
  })
}

function columnProblems(draft: ContractDraft, say: Say) {
  for (const [name, column] of draft.columns ?? []) {
    if (column.type?.includes('(') && !column.type.includes(')')) {
      say(['columns', name, 'type'], `is cut off at its comma ("${column.type}"); inside { } put the type in quotes: "decimal(12,2)"`)
    }
    if (column.format && column.type && !/^(date|timestamp(_ntz|_ltz)?)$/i.test(column.type)) {
      say(['columns', name, 'format'], `is for date and timestamp columns, not ${column.type}`)
    }
  }
}

function rateProblems({ warnRate, haltRate }: ContractDraft, say: Say) {
  const halt = haltRate ?? 1
  if (warnRate !== undefined && warnRate > halt && warnRate <= 1) {
    say(['quarantine', 'warn_rate'], `is above halt_rate (${halt}); the batch would stop before it warned`)
  }
}

function referenceProblems(draft: ContractDraft, say: Say) {
  if (draft.quality === undefined && draft.references.size > 0) say(['references'], 'is for DQDL, and there is no quality field')
  for (const [alias, dataset] of draft.references) {
    if (alias.toLowerCase() === 'primary') say(['references', alias], '"primary" is what DQDL calls the batch itself; choose another alias')
    if (dataset && dataset === draft.dataset && DATASET_NAME.test(dataset)) {
      say(['references', alias], 'refers to the dataset itself; DQDL calls it "primary"')
    }
  }
}
