import { inFull, plural } from '../../words.ts'
import type { Manifest } from './manifest.ts'
import { percent } from './manifest-summary.ts'

/**
 * Of a table's first batch in which many rows lose to another row of their key (the job says which keys): what a wrong primary key looks like, in
 * words. Undefined for every other batch.
 */
export function lostRowsFinding({ rows, repeatedKeys }: Pick<Manifest, 'rows' | 'repeatedKeys'>): string | undefined {
  if (repeatedKeys === undefined || repeatedKeys.length === 0) return undefined
  const lost = rows.duplicates + rows.superseded
  const good = rows.read - rows.quarantined
  const named = repeatedKeys.map(({ key, rows: of }) => `${keyInWords(key) || 'a key'} has ${plural(of, 'row')}`)
  return (
    `${inFull(lost)} of ${plural(good, 'row')} (${percent(lost / good)}) have the key of another row and are not in the table: ${named.join('; ')}. ` +
    'If these are different things, primary_key lacks a column'
  )
}

// As JSON, whatever a key holds shows, and does nothing to a terminal.
const keyInWords = (key: Record<string, string | null>) =>
  Object.entries(key)
    .map(([name, value]) => `${name}=${value === null ? 'NULL' : /^[\p{L}\p{N}_ :.,+-]+$/u.test(value) ? value : JSON.stringify(value)}`)
    .join(', ')
