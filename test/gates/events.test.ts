import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { resolved } from '../../infra/packaging/template/resolved.ts'
import { matches } from './event-pattern.ts'
import { ofType, packagedService, propertiesOf } from './template.ts'

/** Event of test/gates/events → the rules that must deliver it. */
const DELIVERED: Record<string, string[]> = {
  'object-created': ['LandingsRule'],
  'object-deleted': ['LandingsRule'],
  'object-created-outside-raw': [],
  'object-created-in-the-lake': [],
  'raw-crawl-succeeded': ['CrawlerRule'],
  'raw-crawl-failed': ['CrawlerRule'],
  'raw-crawl-started': [],
  'curated-crawl-succeeded': [],
  'another-stage-raw-crawl-succeeded': [],
  'batch-succeeded': ['ExecutionRule'],
  'batch-failed': ['ExecutionRule'],
  'batch-timed-out': ['ExecutionRule'],
  'batch-aborted': ['ExecutionRule'],
  'batch-running': [],
  'other-machine-failed': [],
  'job-failed': ['JobFailureRule'],
  'job-timeout': ['JobFailureRule'],
  'job-stopped': [],
  'job-succeeded': [],
  'other-job-failed': [],
}

const folder = join(import.meta.dirname, 'events')
const files = readdirSync(folder).map((file) => file.replace('.json', ''))
let rules: { id: string; pattern: never }[]
beforeAll(async () => {
  const { resources } = await packagedService()
  rules = ofType(resources, 'AWS::Events::Rule')
    .filter(([, rule]) => propertiesOf(rule).EventPattern)
    .map(([id, rule]) => ({ id, pattern: resolved(propertiesOf(rule).EventPattern, resources) as never }))
}, 120_000)

describe('event rules', () => {
  it('are each held to a sample of what they are for', () => {
    expect(files.sort()).toEqual(Object.keys(DELIVERED).sort())
    expect([...new Set(Object.values(DELIVERED).flat())].sort()).toEqual(rules.map(({ id }) => id).sort())
  })

  it.each(files)('deliver %s where it belongs, and nowhere else', (name) => {
    const event = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
    expect(rules.filter(({ pattern }) => matches(pattern, event)).map(({ id }) => id)).toEqual(DELIVERED[name])
  })
})
