import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { refuseChangedTables } from '../../../infra/packaging/changed-tables.ts'
import { ordersContract } from '../batch/fixtures.ts'

const KIND = { contractVersion: 'v0', columns: { amount: 'double' }, primaryKey: ['order_id'], partitionBy: ['order_date'] }

function deploy({
  kind = KIND as object | null,
  error = 'NoSuchKey',
  rebuild = [] as string[],
  migrate = [] as string[],
  curated = {},
} = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-changed-tables-'))
  const contract = ordersContract({ columns: { order_id: 'string', amount: 'decimal(12,2)', order_date: 'date' }, ...curated })
  writeFileSync(join(folder, 'orders-v1.json'), JSON.stringify(contract))
  writeFileSync(join(folder, 'all.json'), JSON.stringify([contract]))
  const asked: unknown[] = []
  const warnings: string[] = []
  const send = async ({ input }: GetObjectCommand) => {
    asked.push(input)
    if (kind === null) throw Object.assign(new Error('no'), { name: error })
    return { Body: { transformToString: async () => JSON.stringify(kind) } }
  }
  const client = { send } as unknown as S3Client
  const done = refuseChangedTables({ client, lakeBucket: 'lake', folder, rebuild, migrate, warn: (message) => void warnings.push(message) })
  return { done, asked, warnings }
}

it('a contract whose table is of another kind is not deployed; the message names the field and the ways that are left', async () => {
  const { done, asked } = deploy()
  await expect(done).rejects.toMatchObject({
    name: 'TablesChanged',
    message: expect.stringMatching(
      /orders: column amount is decimal\(12,2\), and was double.*rename the dataset.*--param "rebuild=orders"/s,
    ),
  })
  expect(asked).toEqual([{ Bucket: 'lake', Key: 'tables/orders.json' }])
})

it('it is deployed when its table will be rebuilt, and where no table is there yet', async () => {
  await deploy({ rebuild: ['orders'] }).done
  for (const error of ['NoSuchKey', 'NoSuchBucket']) {
    const { done, warnings } = deploy({ kind: null, error })
    await done
    expect(warnings).toEqual([])
  }
})

it('a lake that may not be read is a warning: the batch refuses later', async () => {
  const { done, warnings } = deploy({ kind: null, error: 'AccessDenied' })
  await done
  expect(warnings).toEqual([expect.stringContaining('s3://lake/tables/orders.json: AccessDenied')])
})

it('a table that a person will take over into Iceberg is deployed when nothing else differs', async () => {
  const curated = { curated: { partition_by: ['order_date'], format: 'iceberg' } }
  const same = { ...KIND, columns: { amount: 'decimal(12,2)' } }
  await expect(deploy({ kind: same, curated }).done).rejects.toMatchObject({
    message: expect.stringMatching(/stored as parquet.*"migrate=DATASET"/s),
  })
  await deploy({ kind: same, curated, migrate: ['orders'] }).done
  await expect(deploy({ curated, migrate: ['orders'] }).done).rejects.toMatchObject({ name: 'TablesChanged' })
  await expect(deploy({ kind: { ...same, format: 'iceberg' }, migrate: ['orders'] }).done).rejects.toMatchObject({ name: 'TablesChanged' })
})
