/** The kinds of databases that can be extracted, by the beginning of their URLs. As sluice_etl/extract/databases has them. */
export interface DatabaseKind {
  /** As people write it. */
  title: string
  port: number
  /** Whether tables of a database are in schemas. */
  schemas: boolean
}

export const DATABASES = {
  postgresql: { title: 'PostgreSQL', port: 5432, schemas: true },
  mysql: { title: 'MySQL', port: 3306, schemas: false },
} as const satisfies Record<string, DatabaseKind>

export type DatabaseName = keyof typeof DATABASES

/** `jdbc:mysql:` or `jdbc:postgresql:`, for messages. */
export const URL_BEGINNINGS = Object.keys(DATABASES)
  .map((name) => `jdbc:${name}:`)
  .join(' or ')

/** Of a URL of JDBC. undefined for a database that cannot be extracted. */
export function databaseOf(url: string): DatabaseName | undefined {
  const name = /^jdbc:(\w+):/.exec(url)?.[1] ?? ''
  return Object.hasOwn(DATABASES, name) ? (name as DatabaseName) : undefined
}
