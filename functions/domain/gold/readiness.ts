import type { Gold } from '../contract/fields/gold.ts'
import type { Landing } from '../landing/landing.ts'
import { publicationOf } from './publication.ts'

/** The sources for which a gold dataset that starts after_all waits still; none for one that starts after_any. */
export function sourcesAwaited({ sources, start }: Pick<Gold, 'sources' | 'start'>, waiting: Pick<Landing, 'key'>[]): string[] {
  if (start === 'after_any') return []
  const published = new Set(waiting.map(({ key }) => publicationOf(key)?.source))
  return Object.keys(sources).filter((source) => !published.has(source))
}
