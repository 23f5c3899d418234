import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateTableCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import {
  CreateDatabaseCommand,
  CreateTableCommand as CreateGlueTableCommand,
  CreatePartitionCommand,
  GetPartitionsCommand,
  GetTableCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-glue'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { CreateTopicCommand, GetSubscriptionAttributesCommand, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterEach, expect, it } from 'vitest'
import { glueTablePointers } from '../../../functions/adapters/glue/table-pointers.ts'
import { type Clients, createClients } from '../../../laptop/aws/clients.ts'
import { type OpenAws, startOpenAws } from './open-aws.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-moto-'))
const started: { moto: OpenAws; clients: Clients }[] = []
afterEach(async () => {
  for (const { moto, clients } of started.splice(0)) {
    clients.destroy()
    await moto.stop()
  }
  rmSync(folder, { recursive: true, force: true })
})

const TABLE = {
  TableName: 'ledger',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
  BillingMode: 'PAY_PER_REQUEST' as const,
}

/** What a template would make, then what was kept. */
async function start({ isSmaller = false, onTrouble = (_trouble: string | undefined) => {} } = {}) {
  const moto = await startOpenAws({ stateFolder: folder, onTrouble })
  const clients = createClients(moto.endpoint, 'test')
  started.push({ moto, clients })
  await clients.s3.send(new CreateBucketCommand({ Bucket: 'lake' }))
  await clients.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'db' } }))
  const TableInput = { Name: 'orders', PartitionKeys: [{ Name: 'day', Type: 'string' }] }
  if (!isSmaller) await clients.glue.send(new CreateGlueTableCommand({ DatabaseName: 'db', TableInput }))
  await clients.dynamodb.send(new CreateTableCommand(TABLE))
  const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: 'events', Attributes: { VisibilityTimeout: '600' } }))
  const { TopicArn } = await clients.sns.send(new CreateTopicCommand({ Name: 'alerts' }))
  await clients.kinesis.send(new CreateStreamCommand({ StreamName: 'clicks', ShardCount: 1 }))
  const restored = await moto.restore()
  return { moto, ...clients, QueueUrl, TopicArn, restored }
}

it('objects, items, messages, partitions and subscriptions are there again after a kill', async () => {
  const first = await start()
  expect(first.restored).toBe(0)
  const put = (Key: string, Body: string) => first.s3.send(new PutObjectCommand({ Bucket: 'lake', Key, Body, ContentType: 'text/csv' }))
  await put('a/b=1 2/c.csv', 'first')
  await put('a/b=1 2/c.csv', 'second')
  await put('gone.csv', 'gone')
  await first.s3.send(new DeleteObjectCommand({ Bucket: 'lake', Key: 'gone.csv' }))
  await first.dynamodb.send(
    new PutItemCommand({ TableName: 'ledger', Item: { pk: { S: 'x' }, n: { N: '1.50' }, l: { L: [{ BOOL: true }] } } }),
  )
  await first.sqs.send(new SendMessageCommand({ QueueUrl: first.QueueUrl, MessageBody: 'hello "you"' }))
  // A consumer has received it when the process ends.
  await first.sqs.send(new ReceiveMessageCommand({ QueueUrl: first.QueueUrl }))
  const partition = { DatabaseName: 'db', TableName: 'orders', PartitionInput: { Values: ['2025-01-01'] } }
  await first.glue.send(new CreatePartitionCommand(partition))
  const FilterPolicy = JSON.stringify({ dataset: ['orders'] })
  const subscription = { TopicArn: first.TopicArn, Protocol: 'email', Endpoint: 'me@example.com', Attributes: { FilterPolicy } }
  const { SubscriptionArn } = await first.sns.send(new SubscribeCommand(subscription))
  // Standard input ends, as when the parent is killed: nothing asks it to write.
  await first.moto.stop()

  const second = await start({ isSmaller: true })
  expect(second.restored).toBeGreaterThan(0)
  await second.moto.stop()
  // What had no place in between waits.
  const third = await start()

  const { Contents = [] } = await third.s3.send(new ListObjectsV2Command({ Bucket: 'lake' }))
  expect(Contents.map(({ Key, Size, ETag }) => [Key, Size, ETag])).toEqual([['a/b=1 2/c.csv', 6, '"a9f0e61a137d86aa9db53465e0801612"']])
  const object = await third.s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'a/b=1 2/c.csv' }))
  expect([await object.Body?.transformToString(), object.ContentType]).toEqual(['second', 'text/csv'])
  const { Items } = await third.dynamodb.send(new ScanCommand({ TableName: 'ledger' }))
  expect(Items).toEqual([{ pk: { S: 'x' }, n: { N: '1.50' }, l: { L: [{ BOOL: true }] } }])
  const { Messages = [] } = await third.sqs.send(new ReceiveMessageCommand({ QueueUrl: third.QueueUrl }))
  expect(Messages.map(({ Body }) => Body)).toEqual(['hello "you"'])
  const { Partitions = [] } = await third.glue.send(new GetPartitionsCommand({ DatabaseName: 'db', TableName: 'orders' }))
  expect(Partitions.map(({ Values }) => Values)).toEqual([['2025-01-01']])
  const { Attributes } = await third.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
  expect(Attributes).toMatchObject({ FilterPolicy, Endpoint: 'me@example.com' })
}, 120_000)

it('an Iceberg table is moved by versions alone, and is there again after a kill', async () => {
  const first = await start()
  const at = (metadata_location: string) => ({ Name: 'sales', Parameters: { table_type: 'ICEBERG', metadata_location } })
  await first.glue.send(new CreateGlueTableCommand({ DatabaseName: 'db', TableInput: at('s3://lake/1.json') }))
  const tables = glueTablePointers('db', first.glue)
  const before = await tables.find('sales')
  if (before?.metadataLocation === undefined) throw new Error('the table is not there')
  const expected = { from: before.metadataLocation, version: before.version }
  expect(await tables.move('sales', expected, 's3://lake/2.json')).toBe(true)
  expect(await tables.move('sales', expected, 's3://lake/other.json')).toBe(false)
  const late = { DatabaseName: 'db', TableInput: at('s3://lake/other.json'), VersionId: before.version }
  await expect(first.glue.send(new UpdateTableCommand(late))).rejects.toMatchObject({ name: 'ConcurrentModificationException' })
  await first.moto.stop()
  const second = await start()
  const { Table } = await second.glue.send(new GetTableCommand({ DatabaseName: 'db', Name: 'sales' }))
  expect(Table).toMatchObject({ VersionId: '2', Parameters: { metadata_location: 's3://lake/2.json' } })
  expect(await glueTablePointers('db', second.glue).find('returns')).toBeUndefined()
}, 120_000)

it('a full disk is reported, and changes meanwhile are kept when there is room again', async () => {
  const told: (string | undefined)[] = []
  const first = await start({ onTrouble: (trouble) => told.push(trouble) })
  // A device that takes nothing, where the state is written first.
  symlinkSync('/dev/full', join(folder, 'state.new'))
  await first.s3.send(new PutObjectCommand({ Bucket: 'lake', Key: 'meanwhile.csv', Body: 'x' }))
  await expect.poll(() => told, { timeout: 20_000 }).toEqual(['the disk is full'])
  // A caller that asks to write now does not wait for ever.
  await first.moto.save()
  rmSync(join(folder, 'state.new'))
  await expect.poll(() => told, { timeout: 20_000 }).toEqual(['the disk is full', undefined])
  process.kill(first.moto.pid as number, 'SIGKILL')
  const second = await start()
  expect((await second.s3.send(new HeadObjectCommand({ Bucket: 'lake', Key: 'meanwhile.csv' }))).ContentLength).toBe(1)
})

it('records of a stream are there again, in the shards that it has become, each with its number and time', async () => {
  const first = await start()
  const put = (text: string) =>
    first.kinesis.send(new PutRecordCommand({ StreamName: 'clicks', PartitionKey: 'k', Data: Buffer.from(text) }))
  await put('{"id":1}')
  await first.kinesis.send(
    new SplitShardCommand({ StreamName: 'clicks', ShardToSplit: 'shardId-000000000000', NewStartingHashKey: String(2n ** 127n) }),
  )
  await put('{"id":2}')
  const before = await recordsOf(first)
  await first.moto.stop()
  const second = await start()
  expect(await recordsOf(second)).toEqual(before)
  const { SequenceNumber = '', ShardId } = await second.kinesis.send(
    new PutRecordCommand({ StreamName: 'clicks', PartitionKey: 'k', Data: Buffer.from('{"id":3}') }),
  )
  expect(ShardId).not.toBe('shardId-000000000000')
  for (const [, , number] of before) expect(BigInt(SequenceNumber)).toBeGreaterThan(BigInt(number as string))
}, 60_000)

async function recordsOf({ kinesis }: Clients) {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: 'clicks' }))
  const found: unknown[][] = []
  for (const { ShardId } of Shards) {
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: 'clicks', ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    )
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    for (const { SequenceNumber, Data, ApproximateArrivalTimestamp } of Records)
      found.push([ShardId, Buffer.from(Data ?? []).toString(), SequenceNumber, ApproximateArrivalTimestamp?.toISOString()])
  }
  expect(found).toHaveLength(2)
  return found
}
