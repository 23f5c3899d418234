import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileProblem } from '../../functions/domain/contract/file.ts'
import { type ContractFile, type ContractText, isContractFile, parseContracts } from '../../functions/domain/contract/folder.ts'

/** Reads every contract of a folder and returns all problems that need no Spark. Never throws for what users wrote. */
export async function readContractsFolder(folder: string): Promise<{ files: ContractFile[]; problems: FileProblem[] }> {
  const unreadable: FileProblem[] = []
  const say = (file: string, message: string) => unreadable.push({ file, line: 1, field: '(file)', message })
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    say(folder, error.code === 'ENOENT' ? 'there is no such folder' : error.code === 'ENOTDIR' ? 'is not a folder' : reason(error))
    return undefined
  })
  if (names === undefined) return { files: [], problems: unreadable }
  const texts: ContractText[] = []
  for (const name of names.filter(isContractFile).sort()) {
    const file = join(folder, name)
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => say(file, reason(error)))
    if (typeof text === 'string') texts.push({ file, text })
  }
  if (texts.length + unreadable.length === 0) {
    say(folder, 'holds no contract (a file named <dataset>.yml); `npx --no-install sluice add` writes one')
  }
  const { files, problems } = parseContracts(texts)
  return { files, problems: [...unreadable, ...problems] }
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'EACCES') return 'may not be read'
  if (error.code === 'EISDIR') return 'is a folder, not a file'
  return `cannot be read: ${error.message}`
}
