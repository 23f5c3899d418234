import { DATABASES, type DatabaseName } from '../../../functions/domain/contract/connections/databases.ts'
import { UsageError } from '../../usage-error.ts'
import type { Access } from './access.ts'

/** What a session of any database is asked by. */
export type Ask = <Row>(sql: string, values?: unknown[]) => Promise<Row[]>

export const PATIENCE_MILLISECONDS = 15_000
/** TLS with whatever certificate. */
export const UNVERIFIED = { rejectUnauthorized: false }

/** How a code of the database, its client or Node begins → what it means, and what helps. */
export type Reason = [beginnings: string[], reason: string]

/** The host, port and database of a URL of JDBC, and its parameters. */
export function addressOf(url: string, kind: DatabaseName) {
  const address = new URL(url.slice('jdbc:'.length))
  return {
    host: address.hostname.replace(/^\[|\]$/g, ''),
    port: Number(address.port || DATABASES[kind].port),
    database: decodeURIComponent(address.pathname.slice(1)),
    parameters: address.searchParams,
  }
}

/** A sentence for what the database refused, which never shows the password. Errors of ours stay as they are. */
export function explained(error: unknown, { name, credentials }: Access, code: string, reasons: Reason[]): unknown {
  if (error instanceof UsageError || !(error instanceof Error)) return error
  const reason = reasons.find(([beginnings]) => beginnings.some((beginning) => code.startsWith(beginning)))?.[1]
  return new UsageError(
    `connection ${name}: ${reason?.replace('{credentials}', credentials) ?? `the database answered with error ${code}; its log has more`}`,
  )
}
