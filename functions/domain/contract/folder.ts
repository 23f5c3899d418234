import { cycleThrough } from '../gold/graph.ts'
import { didYouMean } from './checks/suggest.ts'
import type { Contract } from './contract.ts'
import type { ContractDraft } from './draft.ts'
import { parentOf } from './fields/foreign-keys.ts'
import { type FileProblem, parseContract } from './file.ts'
import type { LineOf } from './yaml.ts'

/** A file of a folder of contracts. */
export interface ContractText {
  /** As problems are to name it. */
  file: string
  text: string
}

/** One contract file, as far as it could be read. */
export interface ContractFile {
  file: string
  contract?: Contract
  draft?: ContractDraft
  lineOf?: LineOf
}

const ENDING = /\.ya?ml$/

/** Tests of a contract lie beside it: orders.test.yml. */
const TESTS = /\.test\.ya?ml$/

export const isContractFile = (name: string) => ENDING.test(name) && !TESTS.test(name) && !name.startsWith('.')

/** Reads the contracts of a folder; all that is wrong in each and between them comes back at once. */
export function parseContracts(texts: ContractText[]): { files: ContractFile[]; problems: FileProblem[] } {
  const problems: FileProblem[] = []
  const files = texts.map(({ file, text }): ContractFile => {
    const { ok, ...read } = parseContract(text, file, datasetOf(file))
    if ('problems' in read) problems.push(...read.problems)
    return { file, ...read }
  })
  return {
    files,
    problems: [
      ...problems,
      ...twins(files),
      ...tableNames(files),
      ...unknownReferences(files),
      ...unknownParents(files),
      ...wrongSources(files),
    ],
  }
}

/** The name that the dataset of a file must have. */
const datasetOf = (file: string) => (file.split(/[\\/]/).at(-1) ?? '').replace(ENDING, '')

function twins(files: ContractFile[]): FileProblem[] {
  const first = new Map<string, string>()
  return files.flatMap(({ file, draft, lineOf }) => {
    if (draft?.dataset === undefined || lineOf === undefined) return []
    const other = first.get(draft.dataset)
    first.set(draft.dataset, other ?? file)
    if (other === undefined) return []
    return { file, line: lineOf(['dataset']), field: 'dataset', message: `"${draft.dataset}" is also the dataset of ${other}` }
  })
}

// `orders` and its tables orders_raw, orders_staged, orders_quarantine share one database with every other dataset.
function tableNames(files: ContractFile[]): FileProblem[] {
  const names = new Set(files.flatMap(({ draft }) => draft?.dataset ?? []))
  return files.flatMap(({ file, draft, lineOf }) => {
    const owner = /^(.+)_(raw|staged|quarantine)$/.exec(draft?.dataset ?? '')?.[1]
    if (owner === undefined || lineOf === undefined || !names.has(owner)) return []
    const message = `"${draft?.dataset}" is the name of a table of dataset "${owner}"; choose another`
    return { file, line: lineOf(['dataset']), field: 'dataset', message }
  })
}

function unknownReferences(files: ContractFile[]): FileProblem[] {
  const names = new Set(files.flatMap(({ draft }) => draft?.dataset ?? []))
  // A file that cannot be read at all may well be the one that is looked for.
  const unread = new Set(files.filter(({ draft }) => draft === undefined).map(({ file }) => datasetOf(file)))
  return files.flatMap(({ file, draft, lineOf }) =>
    [...(draft?.references ?? [])].flatMap(([alias, dataset]) => {
      if (dataset === undefined || lineOf === undefined || names.has(dataset) || unread.has(dataset)) return []
      const message = `refers to dataset "${dataset}", which has no contract here${didYouMean(dataset, names)}`
      return { file, line: lineOf(['references', alias]), field: `references.${alias}`, message }
    }),
  )
}

/** Foreign keys into a dataset or column that is not there, or into a table that the job cannot read. */
function unknownParents(files: ContractFile[]): FileProblem[] {
  const drafts = new Map(files.flatMap(({ draft }) => (draft?.dataset ? [[draft.dataset, draft]] : [])))
  const unread = new Set(files.filter(({ draft }) => draft === undefined).map(({ file }) => datasetOf(file)))
  const problemOf = (text: string): string | undefined => {
    const named = parentOf(text)
    if (named === undefined || unread.has(named.dataset)) return undefined
    const parent = drafts.get(named.dataset)
    if (parent === undefined)
      return `refers to dataset "${named.dataset}", which has no contract here${didYouMean(named.dataset, drafts.keys())}`
    const columns = [...(parent.columns?.keys() ?? []), ...parent.derive.keys()]
    if (parent.columns !== undefined && !columns.includes(named.column))
      return `refers to column "${named.column}", which ${named.dataset} does not have${didYouMean(named.column, columns)}`
    return undefined
  }
  return files.flatMap(({ file, draft, lineOf }) =>
    [...(draft?.foreignKeys ?? [])].flatMap(([column, text]) => {
      const message = text === undefined ? undefined : problemOf(text)
      if (message === undefined || lineOf === undefined) return []
      return { file, line: lineOf(['foreign_keys', column, 'in']), field: `foreign_keys.${column}.in`, message }
    }),
  )
}

/** Sources of gold datasets that have no contract, and gold datasets that are made of themselves. */
function wrongSources(files: ContractFile[]): FileProblem[] {
  const sources = new Map(files.flatMap(({ draft }) => (draft?.dataset ? [[draft.dataset, [...(draft.gold?.sources.keys() ?? [])]]] : [])))
  const unread = new Set(files.filter(({ draft }) => draft === undefined).map(({ file }) => datasetOf(file)))
  return files.flatMap(({ file, draft, lineOf }) => {
    if (draft?.gold === undefined || lineOf === undefined) return []
    const unknown = [...draft.gold.sources.keys()].filter((source) => !sources.has(source) && !unread.has(source))
    const problems = unknown.map((source) => ({
      file,
      line: lineOf(['gold', 'sources', source]),
      field: `gold.sources.${source}`,
      message: `"${source}" is a dataset that has no contract here${didYouMean(source, sources.keys())}`,
    }))
    const cycle = draft.dataset === undefined ? undefined : cycleThrough(draft.dataset, sources)
    // That a dataset names itself is said where it does.
    if (cycle === undefined || cycle.length < 3) return problems
    const message = `makes a circle: ${cycle.join(' is made of ')}; remove one of them`
    return [...problems, { file, line: lineOf(['gold', 'sources']), field: 'gold.sources', message }]
  })
}
