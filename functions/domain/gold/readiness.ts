import type { Gold } from '../contract/fields/gold.ts'
import type { Landing } from '../landing/landing.ts'
import { publicationOf } from './publication.ts'
import { isScheduledStart } from './scheduled-start.ts'

/**
 * Whether what waits for a gold dataset lets a batch begin. `after_any`: a publication. `after_all`: one of each source. A schedule: a publication, and the
 * schedule has come by. Where it has, the batch begins whatever the contract's `start` is.
 */
export function letsBegin({ sources, start }: Pick<Gold, 'sources' | 'start'>, waiting: Pick<Landing, 'key'>[]): boolean {
  const published = new Set(waiting.flatMap(({ key }) => publicationOf(key)?.source ?? []))
  if (published.size === 0) return false
  if (start === 'after_any' || waiting.some(({ key }) => isScheduledStart(key))) return true
  return start === 'after_all' && Object.keys(sources).every((source) => published.has(source))
}
