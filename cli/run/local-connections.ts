import type { Contract } from '../../functions/domain/contract/contract.ts'
import type { LocalConnection } from '../../laptop/pipeline/databases.ts'
import { UsageError } from '../usage-error.ts'

export const CONNECTION_OPTION = [
  '--connection <name=url>',
  'database of a connection, such as orders_db=postgresql://user:password@127.0.0.1:5432/shop; give it again for another',
] as const

/** For commander: reads one `--connection` and adds it to those before. @throws UsageError, which never shows the password */
export function gatherConnection(text: string, before: LocalConnection[] = []): LocalConnection[] {
  const [, name = '', address = ''] = /^([a-z][a-z0-9_]{0,40})=(.+)$/s.exec(text) ?? []
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !['postgresql:', 'postgres:'].includes(url.protocol) || url.hostname === '' || url.pathname.length < 2)
    throw new UsageError('--connection: give <name>=postgresql://<user>:<password>@<host>:<port>/<database>')
  if (url.username === '' || url.password === '') throw new UsageError(`--connection ${name}: the URL needs a user and a password`)
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  return [...before, { name, url: `jdbc:postgresql://${url.host}${url.pathname}${url.search}`, username, password }]
}

/** @throws UsageError for a connection that is missing, or that no contract names */
export function checkConnections(contracts: Contract[], given: LocalConnection[] = []): void {
  const topic = contracts.find(({ source }) => source.kafka)
  if (topic)
    throw new UsageError(`dataset ${topic.dataset} reads a topic of Kafka, which this machine cannot do yet; leave its contract out here`)
  const needed = new Map(contracts.flatMap(({ dataset, source }) => (source.jdbc ? [[source.jdbc.connection, dataset] as const] : [])))
  for (const [name, dataset] of needed)
    if (!given.some((connection) => connection.name === name))
      throw new UsageError(
        `dataset ${dataset} reads connection ${name}: give --connection ${name}=postgresql://<user>:<password>@<host>:<port>/<database>`,
      )
  for (const { name } of given)
    if (!needed.has(name))
      throw new UsageError(`--connection ${name}: no contract names this connection; they name ${[...needed.keys()].join(', ') || 'none'}`)
}
