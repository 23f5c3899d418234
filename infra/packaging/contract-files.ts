import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { didYouMean } from '../../functions/domain/contract/checks/suggest.ts'
import { type Connection, type ConnectionKind, parseConnection } from '../../functions/domain/contract/connections/file.ts'
import type { FileProblem } from '../../functions/domain/contract/file.ts'
import { type ContractFile, type ContractText, isContractFile, parseContracts } from '../../functions/domain/contract/folder.ts'
import { connectionNamed } from '../../functions/domain/contract/landers.ts'

export interface ContractsFolder {
  files: ContractFile[]
  problems: FileProblem[]
  /** By name. Read only where a contract names one. */
  connections: Map<string, Connection>
}

/** Where the connections of a folder of contracts are: beside it. */
export const connectionsFolder = (contractsFolder: string) => join(dirname(resolve(contractsFolder)), 'connections')

/** Reads every contract of a folder and returns all problems that need no Spark. Never throws for what users wrote. */
export async function readContractsFolder(folder: string): Promise<ContractsFolder> {
  const unreadable: FileProblem[] = []
  const say = (file: string, message: string) => unreadable.push({ file, line: 1, field: '(file)', message })
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    say(folder, error.code === 'ENOENT' ? 'there is no such folder' : error.code === 'ENOTDIR' ? 'is not a folder' : reason(error))
    return undefined
  })
  if (names === undefined) return { files: [], problems: unreadable, connections: new Map() }
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
  const { connections, problems: ofConnections } = await connectionsOf(files, connectionsFolder(folder))
  return { files, problems: [...unreadable, ...problems, ...ofConnections], connections }
}

/** The connections that contracts name, and what is wrong with their files. */
async function connectionsOf(files: ContractFile[], folder: string): Promise<Omit<ContractsFolder, 'files'>> {
  const connections = new Map<string, Connection>()
  const problems: FileProblem[] = []
  const named = files.flatMap(({ file, contract, lineOf }) => {
    const connection = contract && connectionNamed(contract.source)
    return connection && lineOf ? [{ file, ...connection, line: lineOf(['source', connection.kind, 'connection']) }] : []
  })
  if (named.length === 0) return { connections, problems }
  const broken = new Set<string>()
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.')).sort()
  for (const name of names) {
    const file = join(folder, name)
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      problems.push({ file, line: 1, field: '(file)', message: reason(error) })
      return undefined
    })
    const read = text === undefined ? undefined : parseConnection(text, file)
    problems.push(...(read?.problems ?? []))
    if (read?.connection) connections.set(read.connection.name, read.connection)
    else broken.add(name.replace(/\.ya?ml$/, ''))
  }
  for (const { file, kind, name, line } of named) {
    const found = connections.get(name)
    if (found?.kind === kind || broken.has(name)) continue
    const message = found
      ? `names connection "${name}", which ${HAS[found.kind]}; source.${kind} needs one that ${HAS[kind]}`
      : `names connection "${name}", but there is no file ${join(folder, `${name}.yml`)}${didYouMean(name, connections.keys())}`
    problems.push({ file, line, field: `source.${kind}.connection`, message })
  }
  return { connections, problems }
}

const HAS: Record<ConnectionKind, string> = {
  jdbc: 'has the url of a database',
  kafka: 'has the brokers of Kafka: cluster, or bootstrap_servers',
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'EACCES') return 'may not be read'
  if (error.code === 'EISDIR') return 'is a folder, not a file'
  return `cannot be read: ${error.message}`
}
