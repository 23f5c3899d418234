import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readPackage } from '../../../infra/packaged.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-packaged-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

mkdirSync(join(folder, 'artifacts', 'stacks'), { recursive: true })
writeFileSync(
  join(folder, 'cloudformation-template-update-stack.json'),
  JSON.stringify({
    Resources: {
      Lake: { Type: 'AWS::S3::Bucket' },
      Sweep: { Type: 'F', DependsOn: ['Lake', 'DatasetOrders'] },
      DatasetOrders: {
        Type: 'AWS::CloudFormation::Stack',
        DependsOn: ['GlueDatabase'],
        Properties: {
          TemplateURL: { 'Fn::Sub': 'https://${Bucket}.s3.amazonaws.com/sluice/dev/artifacts/stacks/orders-1.json' },
          Parameters: { LakeName: { Ref: 'Lake' }, Database: 'sluice_dev' },
        },
      },
    },
  }),
)
writeFileSync(
  join(folder, 'artifacts', 'stacks', 'orders-1.json'),
  JSON.stringify({
    Resources: {
      Table: { Type: 'T', Properties: { Database: { Ref: 'Database' }, At: { 'Fn::Sub': 's3://${LakeName}/orders/' } } },
      Role: { Type: 'R' },
      Crawler: {
        Type: 'C',
        DependsOn: ['Table'],
        Properties: { Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Of: { 'Fn::Sub': '${Role.Arn}/x' } },
      },
    },
  }),
)

describe('readPackage', () => {
  const { template, artifactPrefix, files } = readPackage(folder)

  it('unfolds nested stacks as the parent could have written them', () => {
    expect(template.Resources).toEqual({
      Lake: { Type: 'AWS::S3::Bucket' },
      Sweep: { Type: 'F', DependsOn: ['Lake', 'DatasetOrdersTable', 'DatasetOrdersRole', 'DatasetOrdersCrawler'] },
      DatasetOrdersTable: {
        Type: 'T',
        DependsOn: ['GlueDatabase'],
        Properties: { Database: 'sluice_dev', At: { 'Fn::Sub': ['s3://${LakeName}/orders/', { LakeName: { Ref: 'Lake' } }] } },
      },
      DatasetOrdersRole: { Type: 'R', DependsOn: ['GlueDatabase'] },
      DatasetOrdersCrawler: {
        Type: 'C',
        DependsOn: ['GlueDatabase', 'DatasetOrdersTable'],
        Properties: { Role: { 'Fn::GetAtt': ['DatasetOrdersRole', 'Arn'] }, Of: { 'Fn::Sub': '${DatasetOrdersRole.Arn}/x' } },
      },
    })
  })

  it('knows where artifacts go, and every template that CloudFormation will see', () => {
    expect(artifactPrefix).toBe('sluice/dev/artifacts/')
    expect(Object.keys(files)).toHaveLength(2)
  })

  it('says what to do when nothing was packaged', () => {
    expect(() => readPackage(join(folder, 'nowhere'))).toThrow('npm run package')
  })
})
