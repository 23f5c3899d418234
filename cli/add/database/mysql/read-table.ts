import { didYouMean } from '../../../../functions/domain/contract/checks/suggest.ts'
import { UsageError } from '../../../usage-error.ts'
import type { Access } from '../access.ts'
import type { Ask } from '../session.ts'
import type { DatabaseIndex, DatabaseTable } from '../table.ts'
import { withDatabase } from './session.ts'
import { contractType } from './types.ts'

/** A table or view of MySQL or MariaDB. */
export async function readMySqlTable(access: Access, written: string): Promise<DatabaseTable> {
  return withDatabase(access, async (ask, database) => {
    const found = await findTable(access.name, written, database, ask)
    const name = found.schema === database ? found.name : `${found.schema}.${found.name}`
    const columns = await ask<FoundColumn>(COLUMNS, [found.schema, found.name])
    const readable = columns.filter(({ privileges }) => /select/i.test(privileges))
    if (readable.length === 0) throw new UsageError(`connection ${access.name}: the user may not read table ${name}; grant it SELECT`)
    return {
      name,
      columns: readable.map(({ name, type, required }) => ({ name, required: required === 1, ...contractType(type) })),
      indexes: indexesOf(await ask<IndexColumn>(INDEXES, [found.schema, found.name])),
      warnings: columns
        .filter((column) => !readable.includes(column))
        .map(({ name }) => `column ${name} is left out, since the user may not read it`),
    }
  })
}

interface FoundTable {
  schema: string
  name: string
}

/** The server shows a user what that user may do something with. */
const TABLES = `
  SELECT table_schema AS \`schema\`, table_name AS name FROM information_schema.tables
  WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY 1, 2`

async function findTable(connection: string, written: string, database: string, ask: Ask): Promise<FoundTable> {
  const tables = await ask<FoundTable>(TABLES)
  const [name, schema = database] = written.split('.').reverse()
  const found = tables.find((table) => table.schema === schema && table.name === name)
  if (found) return found
  const elsewhere = tables.find((table) => !written.includes('.') && table.name === name)
  const names = tables.map((table) => (table.schema === database && !written.includes('.') ? table.name : `${table.schema}.${table.name}`))
  const hint = elsewhere ? `; did you mean ${elsewhere.schema}.${elsewhere.name}?` : didYouMean(written, names)
  throw new UsageError(`connection ${connection}: there is no table ${written}, or the user may not read it${hint}`)
}

interface FoundColumn {
  name: string
  type: string
  required: number
  /** Such as `select,insert`. */
  privileges: string
}

const COLUMNS = `
  SELECT column_name AS name, column_type AS type, is_nullable = 'NO' AS required, privileges FROM information_schema.columns
  WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`

interface IndexColumn {
  index: string
  unique: number
  /** null where an expression, or the beginning of a text alone, is indexed. */
  name: string | null
}

const INDEXES = `
  SELECT index_name AS \`index\`, non_unique = 0 AS \`unique\`, IF(sub_part IS NULL, column_name, NULL) AS name FROM information_schema.statistics
  WHERE table_schema = ? AND table_name = ? ORDER BY index_name, seq_in_index`

function indexesOf(found: IndexColumn[]): DatabaseIndex[] {
  const indexes = new Map<string, DatabaseIndex>()
  for (const { index, unique, name } of found) {
    const one = indexes.get(index) ?? { primary: index === 'PRIMARY', unique: unique === 1, columns: [] }
    indexes.set(index, one)
    one.columns.push(name ?? undefined)
  }
  return [...indexes.values()].sort((a, b) => Number(b.primary) - Number(a.primary) || a.columns.length - b.columns.length)
}
