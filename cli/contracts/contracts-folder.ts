import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import type { ContractDraft } from '../../functions/domain/contract/draft.ts'
import { type FileProblem, parseContract } from '../../functions/domain/contract/file.ts'
import type { LineOf } from '../../functions/domain/contract/yaml.ts'

/** One file of the folder, as far as it could be read. */
export interface ContractFile {
  file: string
  contract?: Contract
  draft?: ContractDraft
  lineOf?: LineOf
}

const ENDING = /\.ya?ml$/

/** Reads every contract of a folder and says all that is wrong without asking Spark. Never throws for what users wrote. */
export async function readContractsFolder(folder: string): Promise<{ files: ContractFile[]; problems: FileProblem[] }> {
  const problems: FileProblem[] = []
  const say = (file: string, message: string, field = '(file)', line = 1) => problems.push({ file, line, field, message })
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    say(folder, error.code === 'ENOENT' ? 'there is no such folder' : error.code === 'ENOTDIR' ? 'is not a folder' : reason(error))
    return undefined
  })
  if (names === undefined) return { files: [], problems }
  const files: ContractFile[] = []
  for (const name of names.filter((entry) => ENDING.test(entry) && !entry.startsWith('.')).sort()) {
    const file = join(folder, name)
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      say(file, reason(error))
      return undefined
    })
    if (text === undefined) continue
    const { ok, ...read } = parseContract(text, file, basename(name).replace(ENDING, ''))
    if ('problems' in read) problems.push(...read.problems)
    files.push({ file, ...read })
  }
  if (files.length === 0 && problems.length === 0) say(folder, 'holds no contract (a file named <dataset>.yml)')
  problems.push(...problemsBetweenFiles(files))
  return { files, problems }
}

function problemsBetweenFiles(files: ContractFile[]): FileProblem[] {
  const problems: FileProblem[] = []
  const first = new Map<string, string>()
  for (const { file, draft, lineOf } of files) {
    if (draft?.dataset === undefined || lineOf === undefined) continue
    const other = first.get(draft.dataset)
    if (other !== undefined) {
      problems.push({ file, line: lineOf(['dataset']), field: 'dataset', message: `"${draft.dataset}" is also the dataset of ${other}` })
    }
    first.set(draft.dataset, other ?? file)
  }
  for (const { file, draft, lineOf } of files) {
    const owner = /^(.+)_(raw|staged|quarantine)$/.exec(draft?.dataset ?? '')?.[1]
    if (owner === undefined || lineOf === undefined || !first.has(owner)) continue
    const message = `"${draft?.dataset}" is the name of a table of dataset "${owner}"; choose another`
    problems.push({ file, line: lineOf(['dataset']), field: 'dataset', message })
  }
  // A file that cannot be read at all may well be the one that is looked for.
  const unread = new Set(files.filter(({ draft }) => draft === undefined).map(({ file }) => basename(file).replace(ENDING, '')))
  for (const { file, draft, lineOf } of files) {
    for (const [alias, dataset] of draft?.references ?? []) {
      if (dataset === undefined || lineOf === undefined || first.has(dataset) || unread.has(dataset)) continue
      const message = `refers to dataset "${dataset}", which has no contract here`
      problems.push({ file, line: lineOf(['references', alias]), field: `references.${alias}`, message })
    }
  }
  return problems
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'EACCES') return 'may not be read'
  if (error.code === 'EISDIR') return 'is a folder, not a file'
  return `cannot be read: ${error.message}`
}
