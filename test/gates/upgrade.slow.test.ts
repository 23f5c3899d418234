import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { resolved } from '../../infra/packaging/template/resolved.ts'
import type { Resources, Value } from '../../infra/packaging/template/template.ts'
import { python, root } from '../../setup/places.mjs'
import { packagedService } from './template.ts'

// An upgrade must replace nothing that holds data or that something outside names. upgrade/stateful.json is what earlier versions have
// deployed: logical id → type, and the properties whose change makes CloudFormation make the resource anew.

interface Kept {
  type: string
  fixed: Record<string, Value>
}
const EARLIER = JSON.parse(readFileSync(join(root, 'test', 'gates', 'upgrade', 'stateful.json'), 'utf8')) as Record<string, Kept>

const STATEFUL = [
  'AWS::S3::Bucket',
  'AWS::DynamoDB::Table',
  'AWS::SQS::Queue',
  'AWS::SNS::Topic',
  'AWS::KMS::Key',
  'AWS::Glue::Database',
  'AWS::Glue::Table',
  'AWS::Glue::Crawler',
  'AWS::Glue::DataQualityRuleset',
  'AWS::Glue::Job',
  'AWS::StepFunctions::StateMachine',
]
/** What the schemas do not mark, and CloudFormation's guide says replaces all the same. */
const ALSO_FIXED: Record<string, string[]> = {
  'AWS::DynamoDB::Table': ['KeySchema', 'LocalSecondaryIndexes'],
  'AWS::Glue::Database': ['DatabaseInput/Name'],
}

let now: Record<string, Kept>
beforeAll(async () => {
  const { resources } = await packagedService()
  const program = join(root, 'test', 'gates', 'referee', 'create_only.py')
  const { stdout } = await execa(python, [program], { input: JSON.stringify(STATEFUL) })
  now = statefulOf(resources, JSON.parse(stdout) as Record<string, string[]>)
}, 120_000)

function statefulOf(resources: Resources, fixed: Record<string, string[]>): Record<string, Kept> {
  const kept = Object.entries(resources).filter(([, { Type }]) => STATEFUL.includes(Type))
  return Object.fromEntries(
    kept.map(([id, { Type, Properties }]) => {
      const paths = [...(fixed[Type] ?? []), ...(ALSO_FIXED[Type] ?? [])]
      const values = paths.flatMap((path) => {
        const value = at(resolved(Properties, resources), path.split('/'))
        return value === undefined ? [] : [[path, value] as const]
      })
      return [id, { type: Type, fixed: Object.fromEntries(values) }]
    }),
  )
}

const at = (value: Value | undefined, path: string[]): Value | undefined =>
  path.reduce<any>((inner, name) => (inner === undefined || inner === null ? undefined : inner[name]), value)

describe('an upgrade', () => {
  it('replaces and deletes nothing that an earlier version made', () => {
    const changed = Object.entries(EARLIER).filter(([id, kept]) => JSON.stringify(now[id]) !== JSON.stringify(kept))
    expect(changed.map(([id, kept]) => ({ id, before: kept, after: now[id] }))).toEqual([])
  })

  it('knows everything that this version makes: what is new belongs in upgrade/stateful.json', () => {
    expect(Object.fromEntries(Object.entries(now).filter(([id]) => !(id in EARLIER)))).toEqual({})
  })
})
