import { type DatabaseName, databaseOf } from '../../../functions/domain/contract/connections/databases.ts'
import { jdbc } from '../../../functions/domain/contract/fields/jdbc.ts'
import { UsageError } from '../../usage-error.ts'
import type { Access } from './access.ts'
import { readMySqlTable } from './mysql/read-table.ts'
import { readPostgresTable } from './postgres/read-table.ts'
import type { DatabaseTable } from './table.ts'

const READERS: Record<DatabaseName, (access: Access, name: string) => Promise<DatabaseTable>> = {
  postgresql: readPostgresTable,
  mysql: readMySqlTable,
}

/**
 * A table or view as the database's catalog describes it. No row is read.
 * @param name a table, or schema and table, as `source.jdbc.table` has it
 * @throws UsageError for a table that is not there or may not be read, and for what the database refuses
 */
export async function readDatabaseTable(access: Access, name: string): Promise<DatabaseTable> {
  const problem = jdbc.shape.table.safeParse(name).error?.issues[0]?.message
  if (problem !== undefined) throw new UsageError(`--from-jdbc ${access.name} ${name}: ${problem}`)
  return READERS[databaseOf(access.url) ?? 'postgresql'](access, name)
}
