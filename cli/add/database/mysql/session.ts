import mysql from 'mysql2/promise'
import type { Access } from '../access.ts'
import { type Ask, addressOf, explained, PATIENCE_MILLISECONDS, type Reason, UNVERIFIED } from '../session.ts'

/** sslMode of the URL, in capitals → what to try, one after the other, as MySQL's JDBC driver does. */
const TLS: Record<string, (undefined | mysql.SslOptions)[]> = {
  DISABLED: [undefined],
  PREFERRED: [UNVERIFIED, undefined],
  REQUIRED: [UNVERIFIED],
  VERIFY_CA: [{ rejectUnauthorized: true, verifyIdentity: false }],
  VERIFY_IDENTITY: [{ rejectUnauthorized: true, verifyIdentity: true }],
}

/**
 * Works with a session of the database, and ends it.
 * @throws UsageError with a sentence for what the database refused, which never shows the password
 */
export async function withDatabase<T>(access: Access, work: (ask: Ask, database: string) => Promise<T>): Promise<T> {
  const address = addressOf(access.url, 'mysql')
  const client = await connected(access, address)
  try {
    return await work(async <Row>(sql: string, values: unknown[] = []) => {
      const [rows] = await client.query({ sql, values, timeout: PATIENCE_MILLISECONDS })
      return rows as Row[]
    }, address.database)
  } catch (error) {
    throw explained(error, access, codeOf(error), REASONS)
  } finally {
    await client.end().catch(() => {})
  }
}

async function connected(access: Access, { parameters, ...address }: ReturnType<typeof addressOf>): Promise<mysql.Connection> {
  const asked = [...parameters].find(([name]) => name.toLowerCase() === 'sslmode')?.[1].toUpperCase()
  const attempts = [...(TLS[asked ?? 'PREFERRED'] ?? [UNVERIFIED, undefined])]
  for (;;) {
    const ssl = attempts.shift()
    try {
      const client = await mysql.createConnection({
        ...address,
        user: access.username,
        password: access.password,
        ...(ssl && { ssl }),
        connectTimeout: PATIENCE_MILLISECONDS,
      })
      // Without a listener, a connection that breaks later would end the process.
      client.on('error', () => {})
      return client
    } catch (error) {
      if (attempts.length === 0 || codeOf(error) !== NO_TLS) throw explained(error, access, codeOf(error), REASONS)
    }
  }
}

const NO_TLS = 'HANDSHAKE_NO_SSL_SUPPORT'
/** The client's or Node's code, or how it begins (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html) → what it means, and what helps. */
const REASONS: Reason[] = [
  [['ER_ACCESS_DENIED'], 'the database refuses the user or the password; correct {credentials}'],
  [['ER_BAD_DB'], 'there is no such database; correct the url'],
  [['ER_DBACCESS_DENIED'], 'the user may not use this database; grant it SELECT, or correct the url'],
  [['ER_CON_COUNT', 'ER_TOO_MANY_USER', 'ER_USER_LIMIT'], 'the database has no room for another connection; try again'],
  [[NO_TLS], 'the database does not speak TLS, which sslMode of the url asks for'],
  [['ENOTFOUND', 'EAI_AGAIN'], 'no host has this name; correct the url'],
  [
    ['ECONN', 'EHOST', 'ENET', 'ETIMEDOUT', 'EPIPE', 'PROTOCOL_'],
    'the database cannot be reached from here; check the url, its network and whether it runs',
  ],
  [
    ['CERT_', 'SELF_SIGNED', 'DEPTH_ZERO', 'UNABLE_TO_', 'ERR_TLS', 'HANDSHAKE_SSL'],
    'the certificate of the database is not trusted; correct sslMode of the url, or let Node know the issuer: NODE_EXTRA_CA_CERTS=<file>',
  ],
]

const codeOf = (error: unknown) => (error as { code?: string }).code ?? 'none'
