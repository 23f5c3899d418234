import { CreateDatabaseCommand, CreateTableCommand, GetPartitionsCommand } from '@aws-sdk/client-glue'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClients } from '../../../laptop/aws/clients.ts'
import { createCrawlers } from '../../../laptop/glue/crawlers.ts'
import { partitionValues } from '../../../laptop/glue/partition-folders.ts'
import { startOpenAws } from './open-aws.ts'

describe('a file is in a partition', () => {
  it.each<[string, string[], string[] | undefined]>([
    ['day=2025-01-01/file.csv', ['day'], ['2025-01-01']],
    ['day=1/region=Köln+Süd/a b.csv', ['day', 'region'], ['1', 'Köln+Süd']],
    ['region=a=b/x', ['region'], ['a=b']],
    ['day=1/sub/folder/file', ['day'], ['1']],
    ['day=1/_temporary/0/part', ['day'], undefined],
    ['day=1/_SUCCESS', ['day'], undefined],
    ['day=1/', ['day'], undefined],
    ['file.csv', ['day'], undefined],
    ['month=1/file.csv', ['day'], undefined],
    ['day=/file.csv', ['day'], undefined],
  ])('%s', (path, keys, expected) => {
    expect(partitionValues(path, keys)).toEqual(expected)
  })
})

describe('a crawler', () => {
  let moto: Awaited<ReturnType<typeof startOpenAws>>
  let clients: ReturnType<typeof createClients>
  let operations: Record<string, (input: never, request: never) => Promise<unknown>>
  beforeAll(async () => {
    moto = await startOpenAws()
    clients = createClients(moto.endpoint, 'test')
    operations = createCrawlers(() => clients, clients).operations as never
    await clients.s3.send(new CreateBucketCommand({ Bucket: 'lake' }))
    await clients.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'db' } }))
    const StorageDescriptor = { Location: 's3://lake/t/', Columns: [{ Name: 'id', Type: 'bigint' }] }
    const TableInput = { Name: 't', PartitionKeys: [{ Name: 'day', Type: 'string' }], StorageDescriptor }
    await clients.glue.send(new CreateTableCommand({ DatabaseName: 'db', TableInput }))
  })
  afterAll(async () => {
    clients.destroy()
    await moto.stop()
  })
  const call = (name: string, input: object) => operations[name]?.(input as never, {} as never) as Promise<Record<string, never>>
  const crawler = async (Name: string) =>
    (await call('GetCrawler', { Name })).Crawler as unknown as { State: string; LastCrawl: { Status: string } }
  const untilReady = (name: string) => vi.waitFor(async () => expect((await crawler(name)).State).toBe('READY'), { timeout: 5000 })

  it('adds the partitions that are not in the catalog, once, with the columns of the table', async () => {
    await call('CreateCrawler', { Name: 'c', Role: 'r', Targets: { CatalogTargets: [{ DatabaseName: 'db', Tables: ['t'] }] } })
    for (const day of ['1', '2']) await clients.s3.send(new PutObjectCommand({ Bucket: 'lake', Key: `t/day=${day}/a.csv`, Body: 'x' }))
    await call('StartCrawler', { Name: 'c' })
    expect((await crawler('c')).State).toBe('RUNNING')
    await expect(call('StartCrawler', { Name: 'c' })).rejects.toMatchObject({ name: 'CrawlerRunningException' })
    await untilReady('c')
    await clients.s3.send(new PutObjectCommand({ Bucket: 'lake', Key: 't/day=3/a.csv', Body: 'x' }))
    await call('StartCrawler', { Name: 'c' })
    await untilReady('c')
    const { Partitions = [] } = await clients.glue.send(new GetPartitionsCommand({ DatabaseName: 'db', TableName: 't' }))
    expect(Partitions.map(({ Values }) => Values?.[0]).sort()).toEqual(['1', '2', '3'])
    expect(Partitions[0]?.StorageDescriptor?.Columns).toEqual([{ Name: 'id', Type: 'bigint' }])
    expect((await crawler('c')).LastCrawl.Status).toBe('SUCCEEDED')
  })

  it('is failed by a table that is not there, and cancelled when it is stopped', async () => {
    await call('CreateCrawler', { Name: 'bad', Role: 'r', Targets: { CatalogTargets: [{ DatabaseName: 'db', Tables: ['nope'] }] } })
    await call('StartCrawler', { Name: 'bad' })
    await untilReady('bad')
    expect((await crawler('bad')).LastCrawl.Status).toBe('FAILED')
    await call('StartCrawler', { Name: 'c' })
    await call('StopCrawler', { Name: 'c' })
    await untilReady('c')
    expect((await crawler('c')).LastCrawl.Status).toBe('CANCELLED')
    await expect(call('StopCrawler', { Name: 'c' })).rejects.toMatchObject({ name: 'CrawlerNotRunningException' })
  })

  it('refuses targets that the laptop cannot crawl', async () => {
    const targets = { S3Targets: [{ Path: 's3://lake/t/' }] }
    await expect(call('CreateCrawler', { Name: 's', Role: 'r', Targets: targets })).rejects.toThrow(/S3Targets/)
  })
})
