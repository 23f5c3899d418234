import { describe, expect, it } from 'vitest'
import { datasetStack } from '../../../infra/packaging/dataset/stack.ts'
import { withIceberg } from '../../../infra/packaging/estate/iceberg.ts'
import { functionFile } from '../../../infra/packaging/functions.ts'
import { roleFor, type Template } from '../../../infra/packaging/template/template.ts'
import { root } from '../../../setup/places.mjs'
import { ordersContract } from '../batch/fixtures.ts'

const template = (): Template => ({
  Resources: {
    CurateJob: { Type: 'AWS::Glue::Job', Properties: { DefaultArguments: { '--job-language': 'python' } } },
    CurateJobRole: roleFor('glue', []),
    PublishBatchRole: roleFor('lambda', []),
    SweepRole: roleFor('lambda', []),
  },
})

describe('a service with an Iceberg table', () => {
  const stack = (format: string) =>
    datasetStack(
      {
        contract: ordersContract({ curated: { partition_by: ['order_date'], format } }),
        types: { order_id: 'string', order_date: 'date' },
      },
      { stage: 'dev', lakeFormation: true, lander: functionFile(root, 'land-stream') },
    ).template.Resources

  it('has no curated table in a stack, so that CloudFormation never changes it', () => {
    expect(Object.keys(stack('parquet'))).toContain('CuratedTable')
    expect(Object.keys(stack('iceberg'))).not.toContain('CuratedTable')
    const crawler = JSON.stringify(stack('iceberg').CuratedCrawler)
    expect(crawler).toContain('"Tables":["orders_quarantine"]')
    expect(crawler).not.toContain('CuratedTable')
    expect(JSON.stringify(stack('iceberg').CuratedCrawlerRole)).not.toContain('curated/orders')
  })

  it('gives its job and its publisher what they need, of those tables alone', () => {
    const { Resources } = withIceberg(template(), [{ dataset: 'orders', removesKeys: false }])
    expect(Resources.CurateJob?.Properties).toMatchObject({
      DefaultArguments: { '--job-language': 'python', '--datalake-formats': 'iceberg' },
    })
    const job = JSON.stringify(Resources.CurateJobRole)
    expect(job).toContain('glue:CreateTable')
    expect(job).toContain('table/${GlueDatabase}/orders"')
    expect(job).toContain('${LakeBucket.Arn}/curated/orders/*')
    expect(JSON.stringify(Resources.PublishBatchRole)).toContain('glue:UpdateTable')
  })

  it('lets the job write removed keys of a contract that has delete_when', () => {
    const roleOf = (removesKeys: boolean) =>
      JSON.stringify(withIceberg(template(), [{ dataset: 'orders', removesKeys }]).Resources.CurateJobRole)
    expect(roleOf(true)).toContain('${LakeBucket.Arn}/tombstones/orders/*')
    expect(roleOf(false)).not.toContain('tombstones')
  })

  it('has the permissions of many tables in further policies, each table once', () => {
    const names = Array.from({ length: 100 }, (_, number) => `dataset_${String(number).padStart(3, '0')}`)
    const { Resources } = withIceberg(
      template(),
      names.map((dataset) => ({ dataset, removesKeys: true })),
    )
    const ofRole = (role: string) =>
      JSON.stringify([
        Resources[role],
        ...Object.values(Resources).filter((each) => JSON.stringify(each.Properties).includes(`"Roles":[{"Ref":"${role}"}]`)),
      ])
    for (const role of ['CurateJobRole', 'PublishBatchRole', 'SweepRole']) {
      const text = ofRole(role)
      for (const name of names) expect(text.split(`table/\${GlueDatabase}/${name}"`).length, `${role}: ${name}`).toBe(2)
    }
  })

  it('is the same as before where there is none', () => {
    expect(withIceberg(template(), [])).toEqual(template())
  })
})
