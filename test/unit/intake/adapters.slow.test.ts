import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateCrawlerCommand, CreateDatabaseCommand, CreatePartitionCommand, CreateTableCommand, GlueClient } from '@aws-sdk/client-glue'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { glueCatalog } from '../../../functions/adapters/glue/catalog.ts'
import { glueCrawlers } from '../../../functions/adapters/glue/crawlers.ts'
import { sqsCrawlTimer } from '../../../functions/adapters/messaging/crawl-timer.ts'
import { sqsFailedBatches } from '../../../functions/adapters/messaging/failed-batches.ts'
import { s3Contracts } from '../../../functions/adapters/s3/contracts.ts'
import { s3ObjectStore } from '../../../functions/adapters/s3/object-store.ts'
import { predicatesFor } from '../../../functions/domain/partition/predicate.ts'
import type { StoredObject } from '../../../functions/ports/object-store.ts'
import { nameForReaction } from '../../../functions/runtime/lambda.ts'
import { type OpenAws, startOpenAws } from '../laptop/open-aws.ts'

let server: OpenAws
const settings = () => ({
  endpoint: server.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})
beforeAll(async () => {
  server = await startOpenAws()
}, 120_000)
afterAll(() => server?.stop())

async function collected<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = []
  for await (const page of pages) all.push(...page)
  return all
}

describe('objects in S3', () => {
  const ODD_KEY = 'runs/orders/a b+c=ü%20/plan.json'
  const store = async (bucket: string) => {
    const client = new S3Client(settings())
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    return s3ObjectStore(bucket, client)
  }

  it('are written once when asked, and read back, under whatever key', async () => {
    const lake = await store('once')
    expect(await lake.getText(ODD_KEY)).toBeUndefined()
    expect(await lake.putText(ODD_KEY, 'first', { ifAbsent: true })).toBe(true)
    expect(await lake.putText(ODD_KEY, 'second', { ifAbsent: true })).toBe(false)
    expect(await lake.getText(ODD_KEY)).toBe('first')
    expect(await lake.putText(ODD_KEY, 'third')).toBe(true)
    await lake.copy(ODD_KEY, 'copy of+it')
    expect(await lake.getText('copy of+it')).toBe('third')
  })

  it('are given up when S3 does not answer in time', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const lake = s3ObjectStore('silent', new S3Client({ ...settings(), endpoint, forcePathStyle: true }), { request: 0.2, copy: 0.2 })
    const given = lake.copy('from', 'to')
    await expect(given).rejects.toMatchObject({ name: 'AbortError' })
    expect(nameForReaction(await given.catch((error) => error))?.name).toBe('TransientDependencyError')
    await expect(lake.getText('any')).rejects.toMatchObject({ name: 'AbortError' })
    silent.closeAllConnections()
    silent.close()
  })

  it('are listed over pages in key order from after a key, and removed by the thousand', async () => {
    const lake = await store('many')
    const keys = Array.from({ length: 1105 }, (_, index) => `raw/orders/${String(index).padStart(4, '0')}`)
    for (let start = 0; start < keys.length; start += 100)
      await Promise.all(keys.slice(start, start + 100).map((key) => lake.putText(key, 'x')))
    const listed = (options?: { startAfter: string }) => collected<StoredObject>(lake.list('raw/orders/', options))
    expect((await listed()).map(({ key }) => key)).toEqual(keys)
    const [last] = await listed({ startAfter: 'raw/orders/1103' })
    expect(last).toMatchObject({ key: 'raw/orders/1104', size: 1, etag: expect.stringMatching(/^[0-9a-f]{32}$/) })
    await lake.remove(keys)
    expect(await listed()).toEqual([])
  }, 60_000)

  it('hold the contracts of a deployment, read once', async () => {
    const lake = await store('contracts')
    const contracts = s3Contracts('s3://contracts/index-1.json', new S3Client(settings()))
    await expect(contracts.all()).rejects.toThrow('no contracts at s3://contracts/index-1.json')
    await lake.putText('index-1.json', JSON.stringify([{ dataset: 'orders' }]))
    expect(await contracts.find('orders')).toEqual({ dataset: 'orders' })
    await lake.remove(['index-1.json'])
    expect(await contracts.all()).toEqual([{ dataset: 'orders' }])
    expect(await contracts.find('constructor')).toBeUndefined()
  })
})

describe('queues', () => {
  const queue = async (name: string, client = new SQSClient(settings())) => {
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name }))
    return { client, url: QueueUrl }
  }

  it('of failed batches show a released message again, and a removed one never', async () => {
    const { client, url } = await queue('failed-batches')
    const failedBatches = sqsFailedBatches(url, client)
    for (const batchId of ['b1', 'b2'])
      await failedBatches.send({ dataset: 'orders', batchId, executionArn: 'arn', input: { dataset: 'orders' } })
    const [first, second] = await collected(failedBatches.receive())
    await failedBatches.remove(first?.receipt ?? '')
    await failedBatches.release(second?.receipt ?? '')
    expect((await collected(failedBatches.receive())).map(({ body }) => body)).toEqual([second?.body])
  }, 30_000)

  it('delay a crawl timer by no more than SQS can', async () => {
    const { client, url } = await queue('crawls')
    await sqsCrawlTimer(url, client).schedule({ dataset: 'orders', requestId: '1' }, 3600.5)
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessagesDelayed'] }),
    )
    expect(Attributes?.ApproximateNumberOfMessagesDelayed).toBe('1')
  })
})

describe('the catalog', () => {
  it('answers the predicates of intake with exactly their partitions', async () => {
    const client = new GlueClient(settings())
    await client.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'lake' } }))
    const PartitionKeys = ['region', 'day'].map((Name) => ({ Name, Type: 'string' }))
    await client.send(new CreateTableCommand({ DatabaseName: 'lake', TableInput: { Name: 'orders_raw', PartitionKeys } }))
    const partition = (region: string, day: string) => ({ region, day })
    const all = [partition('EU', '1'), partition('EU', '2'), partition('US', '1'), partition('a b:c%', 'x,y (z)')]
    for (const { region, day } of all) {
      await client.send(
        new CreatePartitionCommand({ DatabaseName: 'lake', TableName: 'orders_raw', PartitionInput: { Values: [region, day] } }),
      )
    }
    const catalog = glueCatalog('lake', client)
    expect(await catalog.partitions('orders_raw')).toHaveLength(4)
    for (const some of [all.slice(0, 1), all.slice(0, 2), all.slice(1, 4)]) {
      const [predicate = ''] = predicatesFor(['region', 'day'], some)
      expect(await catalog.partitions('orders_raw', predicate)).toEqual(expect.arrayContaining(some))
      expect(await catalog.partitions('orders_raw', predicate)).toHaveLength(some.length)
    }
  })
})

it('a crawler that never ran is ready, and can be started', async () => {
  const client = new GlueClient(settings())
  await client.send(
    new CreateCrawlerCommand({ Name: 'c', Role: 'r', Targets: { CatalogTargets: [{ DatabaseName: 'lake', Tables: ['t'] }] } }),
  )
  const crawlers = glueCrawlers(client)
  expect(await crawlers.get('c')).toEqual({ state: 'READY' })
  expect(await crawlers.start('c')).toBe('started')
})
