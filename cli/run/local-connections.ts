import { databaseOf } from '../../functions/domain/contract/connections/databases.ts'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { connectionNamed } from '../../functions/domain/contract/landers.ts'
import type { LocalConnection } from '../../laptop/pipeline/sources/databases.ts'
import { UsageError } from '../usage-error.ts'

export const CONNECTION_OPTION = [
  '--connection <name=address>',
  'database of a connection, such as orders_db=postgresql://user:password@127.0.0.1:5432/shop or mysql://…, or its Kafka broker, such as events=127.0.0.1:9092; give it again for another',
] as const

/** The same for commands that read databases alone. */
export const DATABASE_OPTION = [
  '--connection <name=url>',
  'database of a connection, such as orders_db=postgresql://user:password@127.0.0.1:5432/shop or mysql://…',
] as const

const BROKERS = /^[a-zA-Z0-9][a-zA-Z0-9.-]*:\d{1,5}(,[a-zA-Z0-9][a-zA-Z0-9.-]*:\d{1,5})*$/

/** For commander: reads one `--connection` and adds it to those before. @throws UsageError, which never shows the password */
export function gatherConnection(text: string, before: LocalConnection[] = []): LocalConnection[] {
  const [, name = '', address = ''] = /^([a-z][a-z0-9_]{0,40})=(.+)$/s.exec(text) ?? []
  if (name !== '' && BROKERS.test(address)) return [...before, { kind: 'kafka', name, servers: address }]
  const url = URL.canParse(address) ? new URL(address) : undefined
  // PostgreSQL's own clients take both.
  const database = databaseOf(`jdbc:${url?.protocol.replace(/^postgres:/, 'postgresql:')}`)
  if (!url || database === undefined || url.hostname === '' || url.pathname.length < 2)
    throw new UsageError(
      `--connection: give <name>=${ADDRESSES.jdbc}, or <name>=${ADDRESSES.kafka} for a broker of Kafka that needs no credentials`,
    )
  if (url.username === '' || url.password === '') throw new UsageError(`--connection ${name}: the URL needs a user and a password`)
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  return [...before, { kind: 'jdbc', name, url: `jdbc:${database}://${url.host}${url.pathname}${url.search}`, username, password }]
}

/** @throws UsageError for a connection that is missing, of another kind, or that no contract names */
export function checkConnections(contracts: Contract[], given: LocalConnection[] = []): void {
  const [missing] = missingConnections(contracts, given)
  if (missing) throw new UsageError(`dataset ${missing.dataset} reads connection ${missing.name}: give ${missing.option}`)
  const names = [...new Set(contracts.flatMap(({ source }) => connectionNamed(source)?.name ?? []))]
  for (const { name } of given)
    if (!names.includes(name))
      throw new UsageError(`--connection ${name}: no contract names this connection; they name ${names.join(', ') || 'none'}`)
}

/** Of each dataset that reads one which is not given, or is given as another kind: the option to give. */
export function missingConnections(
  contracts: Contract[],
  given: LocalConnection[] = [],
): { dataset: string; name: string; option: string }[] {
  return contracts.flatMap(({ dataset, source }) => {
    const needed = connectionNamed(source)
    if (!needed || given.some(({ name, kind }) => name === needed.name && kind === needed.kind)) return []
    return [{ dataset, name: needed.name, option: `--connection ${needed.name}=${ADDRESSES[needed.kind]}` }]
  })
}

export const ADDRESSES: Record<LocalConnection['kind'], string> = {
  jdbc: 'postgresql://<user>:<password>@<host>:<port>/<database> (or mysql://…)',
  kafka: '<host>:<port>',
}
