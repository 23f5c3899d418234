import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Connection } from '../../functions/domain/contract/connections/file.ts'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { DERIVED_TYPES_FILE, type DerivedTypes, readDerivedTypes, typesIn } from '../../functions/domain/contract/derived-types.ts'
import { connectionNamed } from '../../functions/domain/contract/landers.ts'
import { columnTypes } from './catalog-types.ts'
import { readContractsFolder } from './contract-files.ts'

/** The contracts cannot be packaged; the message is the list of what is wrong and where. */
export class ContractsRefused extends Error {
  override name = 'ContractsRefused'
}

/** A contract, and the catalog's type of each of its columns, derived ones last. */
export interface TypedContract {
  contract: Contract
  types: Record<string, string>
  /** That its source names. */
  connection?: Connection
}

/** Asks Spark for the types of derived columns: a process, since it takes the laptop's Python and Java. */
export type AskTypes = (folder: string) => Promise<DerivedTypes>

/**
 * Every contract of the folder, in order of name.
 * @throws ContractsRefused with all problems of all files
 */
export async function readContracts(root: string, contractsDir = 'datasets', ask = askCommand(root)): Promise<TypedContract[]> {
  const folder = resolve(root, contractsDir)
  const { files, problems, connections } = await readContractsFolder(folder)
  if (problems.length > 0) {
    const lines = problems.map(({ file, line, field, message }) => `  ${shown(root, file)}:${line}  ${field}  ${message}`)
    throw new ContractsRefused(`the contracts cannot be packaged:\n${lines.join('\n')}`)
  }
  const contracts = files.flatMap(({ contract }) => contract ?? [])
  const committed = readDerivedTypes(await readFile(join(folder, DERIVED_TYPES_FILE), 'utf8').catch(() => undefined))
  const known = contracts.every((contract) => typesIn(committed, contract)) ? committed : await ask(folder)
  return contracts.map((contract) => {
    const derived = typesIn(known, contract)
    if (!derived) throw new ContractsRefused(`${contract.dataset}: the types of its derived columns are not known; run \`${VALIDATE}\``)
    const connection = localOr(connections.get(connectionNamed(contract.source)?.name ?? ''))
    return { contract, types: columnTypes(contract, derived), ...(connection && { connection }) }
  })
}

/**
 * Of the laptop: connection → the URL of a database, or the address of a broker, that stands in for that of its file. Credentials of a database
 * are in the secret of localSecret().
 */
export const LOCAL_CONNECTIONS = 'SLUICE_LOCAL_CONNECTIONS'
export const localSecret = (connection: string) => `sluice-laptop/${connection}`

function localOr(connection: Connection | undefined): Connection | undefined {
  const urls = process.env[LOCAL_CONNECTIONS]
  if (!connection || urls === undefined) return connection
  const { kind, name } = connection
  const local = (JSON.parse(urls) as Record<string, string>)[name]
  if (kind === 'kafka') return local === undefined ? connection : { kind, name, bootstrap_servers: local.split(',') }
  return { kind, name, url: local ?? connection.url, secret: localSecret(name) }
}

const VALIDATE = 'npx --no-install sluice validate'

function askCommand(root: string): AskTypes {
  return async (folder) => {
    const command = [join(root, 'cli', 'sluice.mjs'), 'validate', '--contracts', folder, '--types']
    try {
      const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root, maxBuffer: 2 ** 26 })
      return readDerivedTypes(stdout)
    } catch (error) {
      const { stderr, message } = error as Error & { stderr?: string }
      throw new ContractsRefused(
        `${shown(root, join(folder, DERIVED_TYPES_FILE))} lacks types of derived columns, and Spark could not be asked for them. ` +
          `Run \`${VALIDATE} --contracts ${shown(root, folder)}\` on a machine that has the set-up, and commit the file.\n${stderr?.trim() || message}`,
      )
    }
  }
}

function shown(root: string, file: string): string {
  const near = relative(root, file)
  return near.startsWith('..') ? file : near
}
