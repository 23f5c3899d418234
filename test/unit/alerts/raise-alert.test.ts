import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import type { AlertMessage } from '../../../functions/ports/alerts.ts'
import { type RaiseAlertInput, raiseAlert, raiseAlertInput } from '../../../functions/use-cases/alerts/raise-alert.ts'
import { EXECUTION, ordersBatch, ordersManifest } from '../batch/fixtures.ts'
import { memoryLake } from '../batch/memory-lake.ts'
import { alertStatesOf } from './alert-states.ts'

function world(files: Record<string, unknown> = {}) {
  const up = new Set<string>()
  const sent: AlertMessage[] = []
  const broken = { topic: false }
  const deps = {
    topic: {
      publish: async (alert: AlertMessage) => {
        if (broken.topic) throw new Error('no topic')
        sent.push(alert)
      },
    },
    ...inMemoryLedger({ now: () => new Date() }),
    alertStates: alertStatesOf(up),
    clock: { now: () => new Date() },
    target: { stage: 'dev' },
    settings: { lakeBucket: 'lake' },
    lake: memoryLake(new Map(Object.entries(files).map(([name, content]) => [`runs/orders/orders-b1/${name}`, JSON.stringify(content)])))
      .lake,
  }
  const raise = (input: Partial<RaiseAlertInput> & { kind: RaiseAlertInput['kind'] }) =>
    raiseAlert(raiseAlertInput.parse({ batch: ordersBatch(), observed: {}, ...input }), deps)
  return { up, sent, broken, raise }
}
const jobRun = (ErrorMessage: string) => JSON.stringify({ Id: 'jr_1', JobName: 'sluice-dev-curate', JobRunState: 'FAILED', ErrorMessage })

describe('raise-alert', () => {
  it('writes a mail that says what, against which limit, and what to do', async () => {
    const { sent, raise } = world({
      'manifest.json': ordersManifest(undefined, { rows: { read: 1000, written: 968, duplicates: 0, superseded: 0, quarantined: 32 } }),
    })
    await raise({ kind: 'quarantine-rate' })
    expect(sent[0]?.subject).toBe('[sluice] warning: orders quarantine-rate')
    expect(sent[0]?.text).toBe(`orders: 3.2% of rows were quarantined, above warn_rate 1%; batch orders-b1 goes on

Dataset:  orders
Owner:    commerce-data@example.com
Batch:    orders-b1
Rows:     1000 read = 968 written + 0 duplicates + 0 superseded + 32 quarantined

Reasons (rows):
  4  negative_amount
  1  malformed_record

For example:
  order_id=o-17: negative_amount in s3://raw/raw/orders/month=2025-01/a.csv

Quarantined rows are in:
  quarantine/orders/month=2025-01/orders-b1-0.parquet

Look:
  Execution: https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/${EXECUTION.id}
  Staged table and its data quality: https://eu-central-1.console.aws.amazon.com/glue/home?region=eu-central-1#/v2/data-catalog/tables/view/orders_staged?database=sluice_dev

Do:
  npx --no-install sluice quarantine show orders --stage dev
`)
    expect(sent[0]?.json).toMatchObject({
      kind: 'quarantine-rate',
      dataset: 'orders',
      severity: 'warning',
      batchId: 'orders-b1',
      message: expect.any(String),
      observed: { rate: 0.032, limit: 0.01 },
      reasons: [{ reason: 'negative_amount', rows: 4 }, expect.anything()],
    })
  })

  it('names the columns that files lack, and none that only a file names: it may be a value of a row without a header', async () => {
    const drift = { missing: { order_id: 2 }, unknown: { 'ana@example.com': 1 } }
    const { sent, raise } = world({ 'manifest.json': ordersManifest(undefined, { drift }) })
    await raise({ kind: 'quarantine-rate' })
    expect(sent[0]?.text).toContain('\nColumns:  missing: order_id (2 files); unknown columns: 1\n')
    expect(JSON.stringify(sent)).not.toContain('ana@')
  })

  it('reports a bad day once, then when it gets worse, then its end', async () => {
    const { sent, raise } = world({ 'manifest.json': ordersManifest() })
    await raise({ kind: 'quarantine-rate' })
    await raise({ kind: 'quarantine-rate' })
    await raise({ kind: 'quarantine-rate', error: { Error: 'QuarantineRateError', Cause: '' } })
    await raise({ kind: 'quarantine-rate', error: { Error: 'QuarantineRateError', Cause: '' } })
    await raise({ kind: 'recovered', observed: { rate: 0, limit: 0.01 } })
    await raise({ kind: 'recovered', observed: { rate: 0, limit: 0.01 } })
    expect(sent.map(({ attributes }) => `${attributes.kind} ${attributes.severity}`)).toEqual([
      'quarantine-rate warning',
      'quarantine-rate critical',
      'recovered info',
    ])
    expect(sent[2]?.text).toContain('over: quarantine-rate, quarantine-rate-halt')
  })

  it('reports crawls that do not do their work once, and their end only with a batch that had both crawls', async () => {
    const { sent, raise } = world()
    const failed = { Error: 'CrawlFailedError', Cause: 'no permission' }
    const none = { count: 0, names: [] }
    const some = { count: 2, names: ['s3://raw/raw/orders/day=1/', 's3://raw/raw/orders/day=2/'] }
    const landings = ordersBatch({ source: 'landings' })
    for (let times = 0; times < 2; times += 1) {
      await raise({ kind: 'recovered', batch: landings, crawls: { ran: true, failure: failed, leftOut: [none, some] } })
      await raise({ kind: 'recovered', batch: landings, crawls: { ran: true, failure: null, leftOut: [some, none] } })
    }
    // One whose table needed no crawl, one by hand, and one of an earlier version show nothing.
    await raise({ kind: 'recovered', batch: landings, crawls: { ran: false, failure: null, leftOut: [none, none] } })
    await raise({ kind: 'recovered', crawls: { ran: true, failure: null, leftOut: [none, none] } })
    await raise({ kind: 'recovered', batch: landings })
    expect(sent.map(({ attributes }) => attributes.kind)).toEqual(['curated-crawl-failed', 'partitions-left-out'])
    expect(sent[0]?.text).toContain('no permission')
    expect(sent[1]?.text).toContain('left out 2 partitions of batch orders-b1 (s3://raw/raw/orders/day=1/, s3://raw/raw/orders/day=2/)')
    await raise({ kind: 'recovered', batch: landings, crawls: { ran: true, failure: null, leftOut: [none, none] } })
    expect(sent.at(-1)?.text).toContain('over: curated-crawl-failed, partitions-left-out')
  })

  it('keeps the warning up while the rate is above it, though the batch succeeded', async () => {
    const { up, sent, raise } = world()
    await raise({ kind: 'quarantine-rate' })
    await raise({ kind: 'batch-failed', error: { Error: 'X' } })
    await raise({ kind: 'recovered', observed: { rate: 0.5, limit: 0.01 } })
    expect(up).toEqual(new Set(['quarantine-rate']))
    expect(sent.at(-1)?.text).toContain('over: batch-failed')
  })

  it('notes what it could not send, so that a retry sends it', async () => {
    const { up, sent, broken, raise } = world()
    broken.topic = true
    await expect(raise({ kind: 'batch-failed' })).rejects.toThrow('no topic')
    broken.topic = false
    await raise({ kind: 'batch-failed' })
    await raise({ kind: 'batch-failed' })
    expect(sent).toHaveLength(1)
    broken.topic = true
    await expect(raise({ kind: 'recovered' })).rejects.toThrow('no topic')
    expect(up).toEqual(new Set(['quarantine-rate']))
    broken.topic = false
    await raise({ kind: 'recovered' })
    await raise({ kind: 'recovered' })
    expect(sent).toHaveLength(2)
    expect(up).toEqual(new Set())
  })

  it('finds the sentence in a job run, and links to the run', async () => {
    const { sent, raise } = world()
    await raise({ kind: 'batch-failed', error: { Error: 'States.TaskFailed', Cause: jobRun('no such column: amuont') } })
    expect(sent[0]?.text).toContain('batch orders-b1 failed with States.TaskFailed: no such column: amuont')
    expect(sent[0]?.text).toContain('#/job/sluice-dev-curate/run/jr_1')
    expect(sent[0]?.text).toContain('npx --no-install sluice redrive orders-b1 --stage dev')
  })

  it('does not advise to redrive what can only fail again', async () => {
    const { sent, raise } = world()
    const batch = { dataset: 'orders', batchId: EXECUTION.name, execution: EXECUTION }
    await raise({ kind: 'batch-failed', batch, error: { Error: 'InvalidInputError', Cause: 'partition: is not a field of this input' } })
    expect(sent[0]?.text).not.toContain('redrive')
    expect(sent[0]?.text).toContain('partition: is not a field of this input')
  })

  it('names the rules that failed', async () => {
    const rules = [
      { name: 'Rule_1', description: 'RowCount > 0', outcome: 'PASSED', message: null },
      { name: 'Rule_2', description: 'IsUnique "order_id"', outcome: 'FAILED', message: 'Value: 0.97 does not meet the constraint' },
    ]
    const quality = {
      dataset: 'orders',
      batchId: 'orders-b1',
      passed: false,
      skipped: null,
      score: 0.5,
      rules,
      problem: null,
      runId: 'r',
      resultIds: ['x'],
      judgedAt: '',
    }
    const { sent, raise } = world({ 'quality.json': quality })
    await raise({ kind: 'quality-gate', error: { Error: 'QualityGateError' } })
    expect(sent[0]?.text).toContain('1 of 2 quality rules did not pass; batch orders-b1 was stopped before publishing')
    expect(sent[0]?.text).toContain('IsUnique "order_id": Value: 0.97')
  })

  it('stays a subject that SNS takes', async () => {
    const { sent, raise } = world()
    await raise({ kind: 'batch-failed', batch: { dataset: 'd'.repeat(41), batchId: 'b', execution: EXECUTION } })
    expect(sent[0]?.subject.length).toBeLessThanOrEqual(100)
  })
})

describe('a first batch in which many rows have the key of another row', () => {
  const table = { contractVersion: 'v1', columns: { order_id: 'string' }, primaryKey: ['order_id'], partitionBy: [] }
  const repeatedKeys = [{ key: { order_id: '7' }, rows: 12 }]

  it('is news once, with such keys, and again only after a first batch without any', async () => {
    const files = { 'manifest.json': ordersManifest(undefined, { table, repeatedKeys }) }
    const { sent, up, raise } = world(files)
    await raise({ kind: 'recovered' })
    await raise({ kind: 'recovered' })
    expect(sent.map(({ json }) => json.message)).toEqual([
      'orders: in its first batch orders-b1, 95 of 995 rows (9.55%) have the key of another row and are not in the table: order_id=7 has 12 rows. ' +
        'If these are different things, primary_key lacks a column',
    ])
    expect(sent[0]?.text).toContain('backfill orders --rebuild')
    expect([...up]).toEqual(['many-rows-lost'])
  })

  it('is over in silence with a first batch that has none', async () => {
    const { sent, up, raise } = world({ 'manifest.json': ordersManifest(undefined, { table }) })
    up.add('many-rows-lost')
    await raise({ kind: 'recovered' })
    expect([sent, [...up]]).toEqual([[], []])
  })

  it('is no news of a later batch', async () => {
    const { sent, raise } = world({ 'manifest.json': ordersManifest(undefined, { repeatedKeys }) })
    await raise({ kind: 'recovered' })
    expect(sent).toEqual([])
  })
})

it('a mail counts the rows of the table that a batch replaced', async () => {
  const { sent, raise } = world({ 'manifest.json': ordersManifest(undefined, { replaced: 40 }) })
  await raise({ kind: 'quarantine-rate' })
  expect(sent[0]?.text).toContain('1000 read = 900 written (40 over older rows) + 60 duplicates')
})

describe('rows that refer to nothing', () => {
  it('are told of above warn_rate, once, and their end with a batch below it', async () => {
    const files = { 'manifest.json': ordersManifest(undefined, { missingReferences: { customer_id: 90, product_id: 0 } }) }
    const { sent, up, raise } = world(files)
    await raise({ kind: 'recovered', batch: ordersBatch({ source: 'landings', warnRate: 0.2 }) })
    expect(sent).toEqual([])
    await raise({ kind: 'recovered', batch: ordersBatch({ source: 'landings', warnRate: 0.05 }) })
    await raise({ kind: 'recovered', batch: ordersBatch({ source: 'landings', warnRate: 0.05 }) })
    expect(sent.map(({ json }) => json.message)).toEqual([
      expect.stringMatching(/^orders: batch orders-b1 is published; of \d+ good rows, the parent lacks customer_id of 90 \([\d.]+%\)$/),
    ])
    expect([...up]).toEqual(['missing-references'])
    await raise({ kind: 'recovered', batch: ordersBatch({ source: 'landings', warnRate: 0.2 }) })
    expect(sent.at(-1)?.json.message).toBe('orders: batch orders-b1 succeeded; over: missing-references')
  })

  it('are told of with the reason where the parent had published nothing yet', async () => {
    const { sent, raise } = world({
      'manifest.json': ordersManifest(undefined, {
        missingReferences: { customer_id: 940, product_id: 90 },
        unpublishedParents: ['customer_id'],
      }),
    })
    await raise({ kind: 'recovered', batch: ordersBatch({ source: 'landings', warnRate: 0.05 }) })
    expect(sent[0]?.json.message).toMatch(
      /lacks customer_id of 940 .*, and product_id of 90 .*\. The parent of customer_id had published nothing yet$/,
    )
  })

  it('of a backfill are no news', async () => {
    const { sent, raise } = world({ 'manifest.json': ordersManifest(undefined, { missingReferences: { customer_id: 90 } }) })
    await raise({ kind: 'recovered', batch: ordersBatch({ source: 'backfill', warnRate: 0 }) })
    expect(sent).toEqual([])
  })
})

it('data that was late ends its alert with the next batch that brings some, and not with a backfill', async () => {
  const { sent, up, raise } = world({ 'manifest.json': ordersManifest() })
  up.add('late')
  await raise({ kind: 'recovered', batch: ordersBatch({ source: 'backfill' }) })
  expect([sent, [...up]]).toEqual([[], ['late']])
  await raise({ kind: 'recovered' })
  expect(sent.map(({ json }) => json.message)).toEqual(['orders: batch orders-b1 succeeded; over: late'])
})
