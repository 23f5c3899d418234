import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { readPackage } from '../../infra/packaged.ts'
import { LONGEST_STAGE } from '../../infra/packaging/names.ts'
import { resolved } from '../../infra/packaging/resolved.ts'
import type { Resources } from '../../infra/packaging/template.ts'
import { packageOnce } from '../../laptop/pipeline/package-once.ts'
import { root, stateFolder, venvFolder } from '../../setup/places.mjs'
import { ofType, propertiesOf } from './template.ts'

// Contracts at their limits, packaged: the longest stage and dataset, 400 columns, a hundred datasets.

/** CloudFormation's quotas of one template. */
const LIMITS = { resources: 500, bytes: 1_000_000, parameters: 200, outputs: 200 }
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: all inline policies of a role, without white space. */
const ROLE_POLICY_CHARACTERS = 10_240
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
const folder = join(stateFolder, 'contracts-at-their-limits')
let packaged: ReturnType<typeof readPackage>
let resources: Resources
beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const names = Array.from({ length: DATASETS - 1 }, (_, number) => `dataset_${String(number).padStart(3, '0')}`)
  for (const name of names) writeFileSync(join(folder, `${name}.yml`), contract(name, 60))
  writeFileSync(join(folder, `${WIDEST}.yml`), contract(WIDEST, 398))
  packaged = readPackage(await packageOnce(folder, { stage: STAGE }))
  resources = packaged.template.Resources
}, 240_000)

// Columns are in four tables.
function contract(name: string, wide: number): string {
  const columns = Array.from({ length: wide }, (_, index) => `  a_rather_long_column_name_${index}: decimal(38,18)`)
  return `dataset: ${name}
owner: somebody@example.com
source: { format: csv, partition_keys: [delivered] }
columns:
  id: string
  day: date
${columns.join('\n')}
primary_key: [id]
quality: Rules = [ RowCount > 0, IsComplete "id", IsUnique "id" ]
curated: { partition_by: [day] }
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

  it('pass the schemas of CloudFormation: the main template, and the widest dataset', async () => {
    const files = Object.keys(packaged.files).filter((file) => !file.includes('/stacks/') || file.includes(WIDEST))
    expect(files).toHaveLength(2)
    const lint = await execa(join(venvFolder, 'bin', 'cfn-lint'), files, { cwd: root, reject: false, all: true })
    expect(lint.all, lint.all).toBe('')
  }, 120_000)

  it('each have their tables, crawlers and ruleset', () => {
    const count = (type: string) => ofType(resources, type).length
    expect(count('AWS::Glue::Table')).toBe(4 * DATASETS)
    expect(count('AWS::Glue::Crawler')).toBe(2 * DATASETS)
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
    for (const [id, role] of ofType(resources, 'AWS::IAM::Role')) {
      const { Policies } = resolved(propertiesOf(role), resources) as { Policies: { PolicyDocument: unknown }[] }
      const characters = Policies.reduce((sum, { PolicyDocument }) => sum + JSON.stringify(PolicyDocument).replaceAll(/\s/g, '').length, 0)
      expect(characters, id).toBeLessThan(ROLE_POLICY_CHARACTERS)
    }
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
