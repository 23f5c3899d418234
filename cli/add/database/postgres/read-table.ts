import { didYouMean } from '../../../../functions/domain/contract/checks/suggest.ts'
import { UsageError } from '../../../usage-error.ts'
import type { Access } from '../access.ts'
import type { Ask } from '../session.ts'
import type { DatabaseIndex, DatabaseTable } from '../table.ts'
import { withDatabase } from './session.ts'
import { contractType } from './types.ts'

/** A table, view or foreign table of PostgreSQL. */
export async function readPostgresTable(access: Access, name: string): Promise<DatabaseTable> {
  return withDatabase(access, async (ask) => {
    const { id, full } = await findTable(access.name, name, ask)
    const { columns, warnings } = await readColumns(id, ask)
    if (columns.length === 0) throw new UsageError(`connection ${access.name}: table ${full} has no column that the user may read`)
    return { name: full, columns, indexes: await ask<DatabaseIndex>(INDEXES, [id]), warnings }
  })
}

interface FoundTable {
  id: number
  schema: string
  name: string
  inPath: boolean
  readable: boolean
}

const TABLES = `
  SELECT c.oid AS id, n.nspname AS schema, c.relname AS name, pg_table_is_visible(c.oid) AS "inPath",
    has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT') AS readable
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  ORDER BY 2, 3`

async function findTable(connection: string, written: string, ask: Ask): Promise<{ id: number; full: string }> {
  const tables = await ask<FoundTable>(TABLES)
  const full = ({ schema, name }: FoundTable) => `${schema}.${name}`
  const found = tables.find((table) => (written.includes('.') ? full(table) === written : table.inPath && table.name === written))
  if (found === undefined) {
    const names = tables.filter(({ readable }) => readable).flatMap((table) => [full(table), ...(table.inPath ? [table.name] : [])])
    // A name without its schema may be one of another schema.
    const elsewhere = tables.find(({ name, readable }) => readable && name === written)
    const hint = elsewhere ? `; did you mean ${full(elsewhere)}?` : didYouMean(written, names)
    throw new UsageError(`connection ${connection}: there is no table ${written}${hint}`)
  }
  if (!found.readable) throw new UsageError(`connection ${connection}: the user may not read table ${full(found)}; grant it SELECT`)
  return { id: found.id, full: full(found) }
}

interface FoundColumn {
  name: string
  type: string
  /** Of the type itself, not of what a domain is made of. */
  own: string
  kind: string
  required: boolean
  readable: boolean
}

/** A domain counts as the type that it is made of, which may be another domain. */
const COLUMNS = `
  WITH RECURSIVE typed AS (
    SELECT attnum, atttypid AS type, atttypmod AS modifier, attnotnull AS required, 0 AS depth
    FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT attnum, t.typbasetype, t.typtypmod, required OR t.typnotnull, depth + 1 FROM typed JOIN pg_type t ON t.oid = typed.type AND t.typtype = 'd'
  )
  SELECT DISTINCT ON (a.attnum) a.attname AS name, format_type(typed.type, typed.modifier) AS type, format_type(a.atttypid, a.atttypmod) AS own,
    t.typtype AS kind, typed.required, has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS readable
  FROM pg_attribute a JOIN typed USING (attnum) JOIN pg_type t ON t.oid = typed.type
  WHERE a.attrelid = $1::oid ORDER BY a.attnum, typed.depth DESC`

async function readColumns(id: number, ask: Ask): Promise<Pick<DatabaseTable, 'columns' | 'warnings'>> {
  const found = await ask<FoundColumn>(COLUMNS, [id])
  const columns = found
    .filter(({ readable }) => readable)
    .map(({ name, type, own, kind, required }) => {
      const mapped = contractType(type, kind)
      // Extracts bring bytes of a bytea alone; of a domain they bring its text.
      return { name, required, ...(mapped.type === 'binary' && own !== type ? contractType(own) : mapped) }
    })
  const hidden = found.filter(({ readable }) => !readable).map(({ name }) => `column ${name} is left out, since the user may not read it`)
  return { columns, warnings: hidden }
}

/** Partial and invalid ones say nothing of all rows. */
const INDEXES = `
  SELECT i.indisprimary AS primary, i.indisunique AS unique,
    ARRAY(
      SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, place)
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      WHERE k.place <= i.indnkeyatts ORDER BY k.place
    ) AS columns
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE i.indrelid = $1::oid AND i.indpred IS NULL AND i.indisvalid ORDER BY i.indisprimary DESC, i.indnkeyatts, c.relname`
