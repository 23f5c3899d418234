import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../../setup/places.mjs'
import { execute } from './executions.ts'
import type { SharedPipeline } from './shared-pipeline.ts'

export const BY_HAND_CONTRACT = `
dataset: sales
owner: sales@example.com
source: { format: csv, options: { header: true }, partition_keys: [month] }
columns: { id: string, amount: "decimal(12,2)", day: date }
primary_key: [id]
latest_by: [day]
quarantine: { rules: { negative: amount < 0 }, warn_rate: 0.9, halt_rate: 0.95 }
quality: Rules = [ RowCount > 0, IsUnique "id" ]
curated: { partition_by: [day] }
`
const EVENTS_PAGE = readFileSync(join(root, 'docs/events.md'), 'utf8')

/** Executions that a person starts, and what users of EventBridge see. */
export function byHand(shared: SharedPipeline) {
  let published: string

  /** The rule of docs/events.md, with a queue as its target, as its user would make it. */
  async function subscribe() {
    const { events, sqs } = shared.owner
    const [, EventPattern = ''] = /--event-pattern '(.*?)'/s.exec(EVENTS_PAGE) ?? []
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'published' }))
    await events.send(
      new PutRuleCommand({ Name: 'published', EventPattern: EventPattern.replace('sluice.prod', 'sluice.dev').replace('orders', 'sales') }),
    )
    const Arn = 'arn:aws:sqs:us-east-1:123456789012:published'
    await events.send(new PutTargetsCommand({ Rule: 'published', Targets: [{ Id: 'queue', Arn }] }))
    published = QueueUrl
  }

  beforeAll(async () => {
    for (const month of ['01', '02', '03']) {
      const rows = `${month}a,1,2025-${month}-01\n${month}b,-1,2025-${month}-02`
      shared.write(`by-hand/input/sales/month=2025-${month}/a.csv`, `id,amount,day\n${rows}\n`)
    }
    await subscribe()
    await shared.pipeline.land(shared.place('by-hand/input'))
    await shared.pipeline.settle()
  }, 300_000)

  const alerts = async () => (await shared.pipeline.alerts()).filter(({ dataset }) => dataset === 'sales')
  const filesIn = async (folder: 'curated' | 'quarantine') => {
    const out = shared.place(`by-hand/out-${Math.random()}`)
    await shared.pipeline.export(out)
    return readdirSync(join(out, folder, 'sales'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'))
  }
  describe('Spark on this machine', () => {
    it('has rehearsed a batch, beside the first one at the latest', async () => {
      const log = () => readFileSync(join(shared.pipeline.workDir, 'logs', 'spark.log'), 'utf8')
      await expect.poll(log, { timeout: 60_000 }).toMatch(/rehearsed a batch in \d+\.\d s/)
    }, 120_000)
  })

  describe('users of EventBridge', () => {
    it('get one event for what was published, in the fields of docs/events.md', async () => {
      const { sqs } = shared.owner
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: published, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }),
      )
      const events = Messages.map(({ Body = '' }) => JSON.parse(Body))
      expect(events).toMatchObject([
        { 'detail-type': 'Sluice Batch Published', detail: { dataset: 'sales', source: 'landings', partitionCount: 3 } },
      ])
      const { rows, quality, manifestUri } = events[0].detail
      expect(rows).toEqual({ read: 6, written: 3, duplicates: 0, superseded: 0, quarantined: 3 })
      expect(quality).toEqual({ passed: true, score: 1, rulesPassed: 2, rulesFailed: 0, skipped: null })
      expect(manifestUri).toMatch(/^s3:\/\/.+\/runs\/sales\/.+\/manifest\.json$/)
      expect(Object.keys(events[0].detail).filter((field) => !EVENTS_PAGE.includes(`| \`${field}\` |`))).toEqual([])
    }, 60_000)
  })

  describe('executions that a person starts', () => {
    it('a batch over named partitions changes no existing row, and reports what it read', async () => {
      const before = await filesIn('curated')
      const result = await execute(shared.owner, 'ingest', {
        dataset: 'sales',
        push_down_predicate: "month >= '2025-02'",
        requestedBy: 'ana',
      })
      expect(result).toMatchObject({
        status: 'SUCCEEDED',
        output: { source: 'raw', rows: { read: 4, written: 0, duplicates: 2, quarantined: 2 } },
      })
      expect((await filesIn('curated')).length).toBe(before.length)
    }, 120_000)

    it('wrong input fails in words that name the field', async () => {
      expect(await execute(shared.owner, 'ingest', { dataset: 'sales', push_down_predicate: "month = '1' OR 1 = 1" })).toMatchObject({
        status: 'FAILED',
        error: 'InvalidInputError',
        cause: 'push_down_predicate: expected a partition key (at character 16)',
      })
    }, 60_000)

    it('a backfill has nothing to do where all is read, and everything when asked for all', async () => {
      expect(await execute(shared.owner, 'backfill', { dataset: 'sales', all: true })).toMatchObject({
        status: 'SUCCEEDED',
        output: { plan: { partitions: 0, skipped: { succeeded: 3 } }, report: { chunks: { total: 0 } } },
      })
      const all = { dataset: 'sales', from: '2025-01-15', only: 'all', chunkSize: 2, reason: 'a test' }
      expect(await execute(shared.owner, 'backfill', { ...all, dryRun: true })).toMatchObject({
        output: { chunks: 2, widened: { from: '2025-01' } },
      })
      const done = await execute(shared.owner, 'backfill', all)
      expect(done).toMatchObject({ status: 'SUCCEEDED', output: { report: { chunks: { total: 2, succeeded: 2 }, rows: { read: 6 } } } })
      await shared.pipeline.settle()
      expect(await execute(shared.owner, 'backfill', all)).toMatchObject({
        output: { plan: { partitions: 0, skipped: { 'done-by-this-backfill': 3 } } },
      })
      expect((await alerts()).map((alert) => alert.kind)).toContain('backfill-finished')
    }, 240_000)

    it('what it reads of a failed batch is done: nothing is left of that batch to run again', async () => {
      shared.write('by-hand/more/sales/month=2025-04/b.csv', 'id,amount,day\n04a,-1,2025-04-01\n04b,-2,2025-04-01\n')
      shared.write('by-hand/more/sales/month=2025-04/c.csv', 'id,amount,day\n04c,-3,2025-04-01\n')
      await shared.pipeline.land(shared.place('by-hand/more'))
      await shared.pipeline.settle()
      expect(await ledgerStatus('raw/sales/month=2025-04/b.csv')).toBe('failed')

      // Among good rows enough of them are good.
      expect(await execute(shared.owner, 'ingest', { dataset: 'sales' })).toMatchObject({
        status: 'SUCCEEDED',
        output: { rows: { read: 9, quarantined: 6 } },
      })
      await shared.pipeline.settle()
      expect(await ledgerStatus('raw/sales/month=2025-04/b.csv')).toBe('done')
    }, 240_000)

    it('a corrected file that lands again takes its rows out of quarantine, and leaves those of others', async () => {
      const ofMonth = async (month: string) => (await filesIn('quarantine')).filter((name) => name.startsWith(`month=${month}/`))
      const others = await ofMonth('2025-03')
      expect(await ofMonth('2025-04')).toHaveLength(1)
      shared.write('by-hand/again/sales/month=2025-04/b.csv', 'id,amount,day\n04a,1,2025-04-01\n04b,2,2025-04-01\n')
      await shared.pipeline.land(shared.place('by-hand/again'))
      await shared.pipeline.settle()
      expect([await ofMonth('2025-04'), await ofMonth('2025-03')]).toEqual([[expect.stringMatching(/-without-/)], others])
    }, 240_000)
  })

  async function ledgerStatus(key: string): Promise<string | undefined> {
    const wanted = { ExpressionAttributeValues: { ':key': { S: key } } }
    const { Items = [] } = await shared.owner.dynamodb.send(
      new ScanCommand({ TableName: 'sluice-dev-ledger', FilterExpression: 'sk = :key', ...wanted }),
    )
    return Items[0]?.status?.S
  }
}
