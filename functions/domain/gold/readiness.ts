import type { Gold } from '../contract/fields/gold.ts'
import type { Landing } from '../landing/landing.ts'
import { publicationOf } from './publication.ts'
import { isScheduledStart } from './scheduled-start.ts'

const sourcesOf = (waiting: Pick<Landing, 'key'>[]) => new Set(waiting.flatMap(({ key }) => publicationOf(key)?.source ?? []))

/** Sources that have published nothing since the last batch, where `start` waits for each of them. */
export function sourcesToPublish({ sources, start }: Pick<Gold, 'sources' | 'start'>, waiting: Pick<Landing, 'key'>[]): string[] {
  const published = sourcesOf(waiting)
  return start === 'after_all' && published.size > 0 ? Object.keys(sources).filter((source) => !published.has(source)) : []
}

/**
 * Whether what waits for a gold dataset lets a batch begin. `after_any`: a publication. `after_all`: one of each source. A schedule: a publication, and the
 * schedule has come by. Where it has, the batch begins whatever the contract's `start` is.
 */
export function letsBegin({ sources, start }: Pick<Gold, 'sources' | 'start'>, waiting: Pick<Landing, 'key'>[]): boolean {
  const published = sourcesOf(waiting)
  if (published.size === 0) return false
  if (start === 'after_any' || waiting.some(({ key }) => isScheduledStart(key))) return true
  return start === 'after_all' && sourcesToPublish({ sources, start }, waiting).length === 0
}
