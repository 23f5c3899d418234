import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { underRules } from '../../infra/packaging/estate.ts'
import { existingResources, saidOf, withExisting } from '../../infra/packaging/existing.ts'
import type { Parameters } from '../../infra/packaging/parameters.ts'
import type { Template } from '../../infra/packaging/template.ts'
import { root, venvFolder } from '../../setup/places.mjs'
import { ofType, packagedService, propertiesOf } from './template.ts'

// A deployment into an estate that has its bucket, database, key, … already: what is there is used, and not made.

const GIVEN = {
  rawBucket: 'landing-zone',
  lakeBucket: 'sluice-dev-lake-123456789012-us-east-1',
  ledgerTable: 'sluice-dev-ledger',
  database: 'analytics',
  kmsKey: 'arn:aws:kms:us-east-1:123456789012:key/0123abcd',
} as Parameters
const BOUNDARY = 'arn:aws:iam::123456789012:policy/boundary'

const folder = mkdtempSync(join(tmpdir(), 'sluice-existing-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let main: Template
let made: Template
beforeAll(async () => {
  const { files } = await packagedService()
  main = files[Object.keys(files).find((file) => !file.includes('/stacks/')) as string] as Template
  made = underRules(withExisting(main, existingResources(GIVEN)), { permissionsBoundary: BOUNDARY, logRetentionDays: 30 })
}, 120_000)

describe('what an estate has already', () => {
  it('is not made, and nothing else is left out but the policies of its buckets', () => {
    const left = Object.keys(main.Resources).filter((id) => !(id in made.Resources))
    expect(left.sort()).toEqual(['DataKey', 'GlueDatabase', 'LakeBucket', 'LakeBucketPolicy', 'Ledger', 'RawBucket', 'RawBucketPolicy'])
  })

  it('is named wherever the template named its own', () => {
    const text = JSON.stringify(made.Resources)
    for (const id of ['RawBucket', 'LakeBucket', 'Ledger', 'GlueDatabase', 'DataKey']) {
      expect(text).not.toMatch(new RegExp(`"Ref":"${id}"|"Fn::GetAtt":\\["${id}"|\\$\\{${id}[.}]`))
    }
    expect(propertiesOf(made.Resources.RecordLandingsLambdaFunction).Environment.Variables).toMatchObject({
      RAW_BUCKET_NAME: 'landing-zone',
    })
    expect(JSON.stringify(made.Resources.CurateJobRole)).toContain('arn:${AWS::Partition}:s3:::landing-zone/raw/*')
    expect(JSON.stringify(made.Resources.LandingsRule)).toContain('{"name":["landing-zone"]}')
    expect(made.Outputs?.RawBucketName).toMatchObject({ Value: 'landing-zone' })
  })

  it('makes a template that CloudFormation takes', async () => {
    const file = join(folder, 'template.json')
    writeFileSync(file, JSON.stringify(made))
    const lint = await execa(join(venvFolder, 'bin', 'cfn-lint'), [file], { cwd: root, reject: false, all: true })
    expect(lint.all, lint.all).toBe('')
  }, 120_000)

  it('is reported by package, and noted in the stack for a later delete', () => {
    expect(existingResources(GIVEN).map(saidOf)[0]).toBe(
      'uses the existing bucket landing-zone: Sluice neither makes, changes nor deletes it; its notifications to EventBridge must be on',
    )
    expect(made.Metadata?.Sluice).toEqual({
      existing: expect.arrayContaining([{ id: 'RawBucket', kind: 'bucket', name: 'landing-zone' }]),
    })
  })
})

describe('the rules of an estate', () => {
  it('bound every role, and keep every log so long', () => {
    for (const [id, role] of ofType(made.Resources, 'AWS::IAM::Role')) expect(propertiesOf(role).PermissionsBoundary, id).toBe(BOUNDARY)
    for (const [id, group] of ofType(made.Resources, 'AWS::Logs::LogGroup')) expect(propertiesOf(group).RetentionInDays, id).toBe(30)
  })
})
