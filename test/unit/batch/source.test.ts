import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { planSource } from '../../../functions/domain/batch/plan.ts'
import { BATCH_SOURCE_NAMES, BATCH_SOURCES, claimsLandings, readsRawFiles } from '../../../functions/domain/batch/source.ts'
import { root } from '../../../setup/places.mjs'

const sourcesBy = (has: (source: (typeof BATCH_SOURCE_NAMES)[number]) => boolean) => BATCH_SOURCE_NAMES.filter(has)

describe('the table of batch sources', () => {
  it('says of each source what it reads, how it is checked and whether it is news', () => {
    expect(sourcesBy(claimsLandings)).toEqual(['landings', 'gold'])
    expect(sourcesBy(readsRawFiles)).toEqual(['landings', 'raw', 'backfill'])
    expect(sourcesBy((source) => BATCH_SOURCES[source].isNews)).toEqual(['landings', 'raw', 'gold'])
    expect(sourcesBy((source) => !BATCH_SOURCES[source].judged)).toEqual(['curated', 'migration'])
    expect(sourcesBy((source) => !BATCH_SOURCES[source].halts)).toEqual(['quarantine', 'curated', 'migration'])
  })

  it('gives the job its input in the plan, so that the job has no copy of the table', () => {
    expect(planSource('backfill')).toEqual({ source: 'backfill', reads: 'raw' })
  })

  it('is the only place that distinguishes sources by name', () => {
    const comparison = /source\s*[!=]==?\s*['"](landings|raw|backfill|quarantine|curated|gold|recompute)['"]/
    const files = ['functions', 'cli', 'laptop', 'infra', 'glue-scripts'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|py|json)$/.test(entry.name))
        .map((entry) => relative(root, join(entry.parentPath, entry.name))),
    )
    expect(files.filter((file) => comparison.test(readFileSync(join(root, file), 'utf8')))).toEqual([])
  })
})
