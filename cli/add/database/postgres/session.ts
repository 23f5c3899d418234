import pg from 'pg'
import type { Access } from '../access.ts'
import { type Ask, addressOf, explained, PATIENCE_MILLISECONDS, type Reason, UNVERIFIED } from '../session.ts'

const VERIFIED = { rejectUnauthorized: true }
/** sslmode of the URL → what to try, one after the other, as PostgreSQL's JDBC driver does. */
const TLS: Record<string, (false | pg.ClientConfig['ssl'])[]> = {
  disable: [false],
  allow: [false, UNVERIFIED],
  prefer: [UNVERIFIED, false],
  require: [UNVERIFIED],
  'verify-ca': [{ ...VERIFIED, checkServerIdentity: () => undefined }],
  'verify-full': [VERIFIED],
}

/**
 * Works with a session of the database, and ends it.
 * @throws UsageError with a sentence for what the database refused, which never shows the password
 */
export async function withDatabase<T>(access: Access, work: (ask: Ask) => Promise<T>): Promise<T> {
  const client = await connected(access)
  try {
    return await work(async (sql, values) => (await client.query(sql, values)).rows)
  } catch (error) {
    throw explained(error, access, codeOf(error), REASONS)
  } finally {
    await client.end().catch(() => {})
  }
}

async function connected(access: Access): Promise<pg.Client> {
  const { parameters, ...address } = addressOf(access.url, 'postgresql')
  const asked = parameters.get('sslmode') ?? (/^(true)?$/.test(parameters.get('ssl') ?? 'no') ? 'verify-full' : 'prefer')
  const attempts = [...(TLS[asked] ?? [UNVERIFIED, false])]
  for (;;) {
    const client = new pg.Client({
      ...address,
      user: access.username,
      password: access.password,
      ssl: attempts.shift(),
      connectionTimeoutMillis: PATIENCE_MILLISECONDS,
      query_timeout: PATIENCE_MILLISECONDS,
    })
    // Without a listener, a connection that breaks later would end the process.
    client.on('error', () => {})
    try {
      await client.connect()
      return client
    } catch (error) {
      await client.end().catch(() => {})
      const otherMayDo = /does not support SSL|pg_hba\.conf/i.test(String((error as Error).message))
      if (attempts.length === 0 || !otherMayDo) throw explained(error, access, codeOf(error), REASONS)
    }
  }
}

/** SQLSTATE or its first letters (https://www.postgresql.org/docs/current/errcodes-appendix.html), or Node's code → what it means, and what helps. */
const REASONS: Reason[] = [
  [['28'], 'the database refuses the user or the password; correct {credentials}'],
  [['3D000'], 'there is no such database; correct the url'],
  [['53'], 'the database has no room for another connection; try again'],
  [['57P'], 'the database is starting or stopping; try again'],
  [['NO_TLS'], 'the database does not speak TLS, which sslmode of the url asks for'],
  [['ENOTFOUND', 'EAI_AGAIN'], 'no host has this name; correct the url'],
  [
    ['08', 'ECONN', 'EHOST', 'ENET', 'ETIMEDOUT', 'EPIPE', 'none'],
    'the database cannot be reached from here; check the url, its network and whether it runs',
  ],
  [
    ['CERT_', 'SELF_SIGNED', 'DEPTH_ZERO', 'UNABLE_TO_', 'ERR_TLS'],
    'the certificate of the database is not trusted; correct sslmode of the url, or let Node know the issuer: NODE_EXTRA_CA_CERTS=<file>',
  ],
]

/** A connection that times out has no code. */
function codeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code ?? (/does not support SSL/.test(message ?? '') ? 'NO_TLS' : 'none')
}
