import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { didYouMean } from '../../../functions/domain/contract/checks/suggest.ts'
import { type JdbcConnection, parseConnection } from '../../../functions/domain/contract/connections/file.ts'
import { connectionsFolder } from '../../../infra/packaging/contract-files.ts'
import type { LocalConnection, LocalDatabase } from '../../../laptop/pipeline/sources/databases.ts'
import { withAccountErrors } from '../../deployment/connect.ts'
import { ADDRESSES } from '../../run/local-connections.ts'
import { UsageError } from '../../usage-error.ts'

/** How a database is reached. */
export interface Access extends LocalDatabase {
  /** Where user and password are, for messages. */
  credentials: string
}

/**
 * Of `--connection`, or else of the connection's file and its secret.
 * @throws UsageError, which never shows a password
 */
export async function accessOf(name: string, contracts: string, given: LocalConnection[] = []): Promise<Access> {
  const other = given.find((connection) => connection.name !== name)
  if (other) throw new UsageError(`--connection ${other.name}: --from-jdbc names connection ${name}`)
  const own = given.at(-1)
  if (own?.kind === 'kafka') throw new UsageError(`--connection ${name}: is a broker of Kafka; --from-jdbc needs ${ADDRESSES.jdbc}`)
  if (own) return { ...own, credentials: '--connection' }
  const connection = await readConnection(name, connectionsFolder(contracts))
  return { kind: 'jdbc', name, url: connection.url, ...(await readSecret(connection)), credentials: `secret ${connection.secret}` }
}

/** The file of a connection; undefined when there is none. */
export const connectionFile = (name: string, folder: string) =>
  [join(folder, `${name}.yml`), join(folder, `${name}.yaml`)].find((file) => existsSync(file))

async function readConnection(name: string, folder: string): Promise<JdbcConnection> {
  const file = connectionFile(name, folder)
  if (file === undefined) {
    const names = existsSync(folder) ? readdirSync(folder).map((each) => each.replace(/\.ya?ml$/, '')) : []
    throw new UsageError(
      `there is no file ${join(folder, `${name}.yml`)}${didYouMean(name, names)}; write it, or give --connection ${name}=${ADDRESSES.jdbc}`,
    )
  }
  const { connection, problems } = parseConnection(await readFile(file, 'utf8'), file)
  if (!connection) throw new UsageError(problems.map(({ line, field, message }) => `${file}:${line} ${field} ${message}`).join('\n'))
  if (connection.kind !== 'jdbc')
    throw new UsageError(`${file} has the brokers of Kafka; --from-jdbc needs a connection with the url of a database`)
  return connection
}

async function readSecret({ name, secret }: JdbcConnection): Promise<{ username: string; password: string }> {
  const call = () => new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: secret }))
  const found = await withAccountErrors(call).catch((error: Error) => {
    if (error instanceof UsageError) throw error
    throw new UsageError(
      `connection ${name}: secret ${secret} cannot be read (${error.name}); correct its name, the region, or the permission to read it`,
    )
  })
  const { username, password } = credentialsOf(found.SecretString ?? '')
  if (typeof username !== 'string' || typeof password !== 'string')
    throw new UsageError(`connection ${name}: secret ${secret} must be a JSON object with username and password`)
  return { username, password }
}

function credentialsOf(text: string): { username?: unknown; password?: unknown } {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
