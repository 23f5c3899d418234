import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { readPackage } from '../../infra/packaged.ts'
import { connectionsFolder } from '../../infra/packaging/contract-files.ts'
import { LONGEST_STAGE } from '../../infra/packaging/template/names.ts'
import { resolved } from '../../infra/packaging/template/resolved.ts'
import type { Resources } from '../../infra/packaging/template/template.ts'
import { packageOnce } from '../../laptop/pipeline/deploy/package-once.ts'
import { root, stateFolder, venvFolder } from '../../setup/places.mjs'
import { ofType, propertiesOf } from './template.ts'

// Contracts at their limits, packaged: the longest stage and datasets, 400 columns, a hundred datasets of every kind.

/** CloudFormation's quotas of one template. */
const LIMITS = { resources: 500, bytes: 1_000_000, parameters: 200, outputs: 200 }
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: without white space; inline is all of a role. */
const POLICY_CHARACTERS = { inline: 10_240, managed: 6144, managedOfRole: 10 }
/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const DEFINITION_BYTES = 1_048_576
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html */
const DASHBOARD = { widgets: 500, metricsOfWidget: 500 }
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ENVIRONMENT_BYTES = 4096
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
/** None is longer. */
const LONGEST_REGION = 'ap-northeast-1'
const DATASETS = 100

const STAGE = 's'.repeat(LONGEST_STAGE)
const WIDEST = `widest_${'d'.repeat(34)}`
const folder = join(stateFolder, 'contracts-at-their-limits', 'datasets')
let packaged: ReturnType<typeof readPackage>
let resources: Resources
beforeAll(async () => {
  rmSync(dirname(folder), { recursive: true, force: true })
  mkdirSync(connectionsFolder(folder), { recursive: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(connectionsFolder(folder), 'shop.yml'), CONNECTION)
  for (const name of NAMES) writeFileSync(join(folder, `${name}.yml`), contract(name, 60, bodyOf(name)))
  writeFileSync(join(folder, `${WIDEST}.yml`), contract(WIDEST, 398, LANDED))
  packaged = readPackage(await packageOnce(folder, { stage: STAGE }))
  resources = packaged.template.Resources
}, 240_000)

const CONNECTION = `url: jdbc:postgresql://db.example.com:5432/shop
secret: shop-reader
`
const LANDED = 'source: { format: csv, partition_keys: [delivered] }\n'
/** What is in a contract beside its columns; every kind has its own resources, and Iceberg's its own permissions. */
const KINDS: Record<string, (first: string) => string> = {
  csv: () => LANDED,
  gold: (first) => `gold:\n  sources: { ${first}: { rebuilds: all } }\n  sql: SELECT * FROM ${first}\n  start: rate(1 hour)\n`,
  stream: () => 'source: { kinesis: { stream: clicks } }\n',
  database: () =>
    'source: { jdbc: { connection: shop, table: public.orders, watermark: changed, schedule: rate(1 hour) } }\nlatest_by: [changed]\n',
  iceberg: () => `${LANDED}latest_by: [changed]\ndelete_when: id = 'x'\n`,
}
/** Five Iceberg tables in ten datasets. */
const KIND_OF = ['csv', 'gold', 'stream', 'database', 'csv', 'iceberg', 'iceberg', 'iceberg', 'iceberg', 'iceberg']
const NAMES = Array.from({ length: DATASETS - 1 }, (_, number) => {
  const name = `${KIND_OF[number % KIND_OF.length]}_${String(number).padStart(3, '0')}_`
  return name + 'd'.repeat(41 - name.length)
})
const kindOf = (name: string) => name.split('_')[0] as string
const ofKind = (...kinds: string[]) => NAMES.filter((name) => kinds.includes(kindOf(name))).length
const bodyOf = (name: string) => (KINDS[kindOf(name)] as (typeof KINDS)[string])(NAMES[0] as string)

// Columns are in four tables.
function contract(name: string, wide: number, body: string): string {
  const columns = Array.from({ length: wide }, (_, index) => `  a_rather_long_column_name_${index}: decimal(38,18)`)
  return `dataset: ${name}
owner: somebody@example.com
${body}columns:
  id: string
  day: date
  changed: timestamp
${columns.join('\n')}
primary_key: [id, day]
quality: Rules = [ RowCount > 0, IsComplete "id", IsUnique "id" ]
curated: { partition_by: [day]${kindOf(name) === 'iceberg' ? ', format: iceberg' : ''} }
`
}

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

describe('contracts at their limits', () => {
  it('stay within the limits of every template', () => {
    for (const [file, template] of Object.entries(packaged.files)) {
      expect(Object.keys(template.Resources).length, file).toBeLessThan(LIMITS.resources)
      expect(statSync(file).size, file).toBeLessThan(LIMITS.bytes)
      expect(Object.keys(template.Parameters ?? {}).length, file).toBeLessThan(LIMITS.parameters)
    }
  })

  it('pass the schemas of CloudFormation: the main template, the widest dataset, and one of each other kind', async () => {
    const shown = [WIDEST, ...Object.keys(KINDS).map((kind) => NAMES.find((name) => kindOf(name) === kind) as string)]
    const files = Object.keys(packaged.files).filter((file) => !file.includes('/stacks/') || shown.some((name) => file.includes(name)))
    expect(files).toHaveLength(1 + shown.length)
    const lint = await execa(join(venvFolder, 'bin', 'cfn-lint'), files, { cwd: root, reject: false, all: true })
    expect(lint.all, lint.all).toBe('')
  }, 120_000)

  it('each have their tables, crawlers and ruleset', () => {
    const count = (type: string) => ofType(resources, type).length
    // A gold dataset has neither raw files nor quarantine; the job makes Iceberg tables; a database's table has a crawler of its own.
    expect(count('AWS::Glue::Table')).toBe(4 * DATASETS - 2 * ofKind('gold') - ofKind('iceberg'))
    expect(count('AWS::Glue::Crawler')).toBe(2 * DATASETS - 2 * ofKind('gold') + ofKind('database'))
    expect(count('AWS::Glue::DataQualityRuleset')).toBe(DATASETS)
  })

  it('may all run at once', () => {
    expect(propertiesOf(resources.CurateJob).ExecutionProperty.MaxConcurrentRuns).toBeGreaterThanOrEqual(DATASETS)
  })

  it('have bucket names that S3 takes, in the region with the longest name', () => {
    for (const [id, bucket] of ofType(resources, 'AWS::S3::Bucket')) {
      const name = propertiesOf(bucket).BucketName
      if (name === undefined) continue
      expect(String(resolved(name, resources)).replace('us-east-1', LONGEST_REGION), id).toMatch(BUCKET_NAME)
    }
  })

  it('have policies that IAM takes', () => {
    const characters = (policy: unknown) => JSON.stringify(policy).replaceAll(/\s/g, '').replaceAll('us-east-1', LONGEST_REGION).length
    const managed = ofType(resources, 'AWS::IAM::ManagedPolicy').map(([id, it]) => ({
      id,
      ...(resolved(propertiesOf(it), resources) as any),
    }))
    for (const { id, PolicyDocument } of managed) expect(characters(PolicyDocument), id).toBeLessThan(POLICY_CHARACTERS.managed)
    expect(managed.length).toBeGreaterThan(0)
    for (const [id, role] of ofType(resources, 'AWS::IAM::Role')) {
      const { Policies } = resolved(propertiesOf(role), resources) as { Policies: { PolicyDocument: unknown }[] }
      const inline = Policies.reduce((sum, { PolicyDocument }) => sum + characters(PolicyDocument), 0)
      expect(inline, id).toBeLessThan(POLICY_CHARACTERS.inline)
      const name = resolved({ Ref: id }, resources)
      expect(managed.filter(({ Roles }) => Roles.includes(name)).length, id).toBeLessThanOrEqual(POLICY_CHARACTERS.managedOfRole)
    }
  })

  it('give the job each Iceberg table, in one policy or another', () => {
    const job = JSON.stringify([
      propertiesOf(resources.CurateJobRole),
      ...ofType(resources, 'AWS::IAM::ManagedPolicy').filter(([, it]) => JSON.stringify(it).includes('CurateJobRole')),
    ])
    const lacking = NAMES.filter((name) => kindOf(name) === 'iceberg' && job.split(`/${name}"`).length !== 2)
    expect(lacking).toEqual([])
  })

  it('have definitions, variables and a dashboard within their limits', () => {
    for (const [id, machine] of ofType(resources, 'AWS::StepFunctions::StateMachine')) {
      const { Definition, DefinitionSubstitutions } = propertiesOf(machine)
      expect(bytes(Definition) + bytes(resolved(DefinitionSubstitutions, resources)), id).toBeLessThan(DEFINITION_BYTES)
    }
    for (const [id, { Properties }] of ofType(resources, 'AWS::Lambda::Function')) {
      expect(bytes(resolved((Properties as any).Environment.Variables, resources)), id).toBeLessThan(ENVIRONMENT_BYTES)
    }
    const { widgets } = JSON.parse(String(resolved(propertiesOf(resources.Dashboard).DashboardBody, resources)))
    expect(widgets.length).toBeLessThan(DASHBOARD.widgets)
    for (const { properties } of widgets) expect(properties.metrics.length).toBeLessThan(DASHBOARD.metricsOfWidget)
  })
})

it('serverless.yml is a page: under 200 lines', () => {
  expect(readFileSync(join(root, 'serverless.yml'), 'utf8').split('\n').length).toBeLessThan(200)
})
