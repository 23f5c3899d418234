import { inFull, plural } from '../../words.ts'
import type { Manifest } from './manifest.ts'
import { percent } from './manifest-summary.ts'

type Counted = Pick<Manifest, 'rows' | 'missingReferences' | 'unpublishedParents'>

/** Of the foreign key with most of them: good rows whose value its parent does not have, as a share from 0 to 1. Undefined where no foreign key only warns. */
export function missingReferenceRate({ rows, missingReferences }: Counted): number | undefined {
  if (missingReferences === undefined) return undefined
  const good = rows.read - rows.quarantined
  return good === 0 ? 0 : Math.max(0, ...Object.values(missingReferences)) / good
}

/** In words; undefined where no row refers to nothing. */
export function missingReferencesFinding({ rows, missingReferences = {}, unpublishedParents = [] }: Counted): string | undefined {
  const good = rows.read - rows.quarantined
  const some = Object.entries(missingReferences).filter(([, count]) => count > 0)
  if (some.length === 0) return undefined
  const named = some.map(([column, count]) => `${column} of ${inFull(count)} (${percent(count / good)})`)
  const early = some.map(([column]) => column).filter((column) => unpublishedParents.includes(column))
  const why = early.length === 0 ? '' : `. The parent of ${early.join(' and ')} had published nothing yet`
  return `of ${plural(good, 'good row')}, the parent lacks ${named.join(', and ')}${why}`
}
