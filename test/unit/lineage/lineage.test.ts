import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { httpLineageReceiver } from '../../../functions/adapters/messaging/lineage-receiver.ts'
import type { ExecutionEnd } from '../../../functions/domain/batch/execution-end.ts'
import type { Manifest } from '../../../functions/domain/batch/manifest/manifest.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { columnSources, namesIn } from '../../../functions/domain/lineage/columns.ts'
import { type EndedRun, lineageEvents } from '../../../functions/domain/lineage/lineage.ts'
import { writeLineage } from '../../../functions/use-cases/batch/write-lineage.ts'
import { python, pythonEnvironment } from '../../../setup/places.mjs'
import { EXECUTION, ordersContract, ordersManifest } from '../batch/fixtures.ts'
import { memoryLake } from '../batch/memory-lake.ts'
import { REVENUE } from '../gold/contracts.ts'

const CONTRACT = ordersContract({
  derive: { cents: 'CAST(amount * 100 AS BIGINT)', day_of: 'coalesce(order_date, to_date(month))', late: "cents > 5 AND month > 'amount'" },
})
const END: ExecutionEnd = {
  executionArn: EXECUTION.id,
  status: 'SUCCEEDED',
  input: '{}',
  startedAt: '2025-01-02T00:00:00.000Z',
  stoppedAt: '2025-01-02T00:05:00.000Z',
  redrives: 0,
}
const MANIFEST = ordersManifest({ 'order_date=2025-01-01': { files: ['orders-b1-0.parquet', 'orders-b1-1.parquet'] } })
const QUALITY = {
  dataset: 'orders',
  batchId: 'orders-b1',
  passed: true,
  skipped: null,
  score: 1,
  rules: [{ name: 'Rule_1', description: 'RowCount > 0', outcome: 'PASSED' as const, message: null }],
  problem: null,
  runId: 'r',
  resultIds: [],
  judgedAt: '2025-01-02T00:04:00.000Z',
}
const KIND = { contractVersion: 'v', columns: { cents: 'bigint', order_id: 'string' }, primaryKey: ['order_id'], partitionBy: [] }
const RUN: EndedRun = {
  contract: CONTRACT,
  batchId: 'orders-b1',
  end: END,
  manifest: MANIFEST,
  quality: QUALITY,
  kind: KIND,
  database: 'sluice_dev',
}
const goldContract = () => {
  const read = parseContract(REVENUE, 'monthly_revenue.yml')
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.contract
}
const GOLD_MANIFEST: Manifest = {
  ...MANIFEST,
  gold: { rebuilt: 1, sources: {}, columns: { revenue: [['orders', 'amount']], orders: [] } },
}
const TABLES = 'arn:aws:glue:eu-central-1:123456789012'

async function problems(...runs: EndedRun[]): Promise<string[]> {
  const input = runs
    .flatMap(lineageEvents)
    .map((event) => JSON.stringify(event))
    .join('\n')
  const { stdout } = await execa(python, [join(import.meta.dirname, 'validate.py')], { input, env: pythonEnvironment() })
  return JSON.parse(stdout)
}

describe('the events of a batch', () => {
  it("are what the specification's own schemas want, however it ended and whatever it left", async () => {
    const failed = { ...END, status: 'FAILED' as const, error: 'QualityGateError', cause: 'RowCount > 0: 0 rows' }
    const { manifest: _m, quality: _q, kind: _k, ...early } = RUN
    const runs = [
      RUN,
      { ...RUN, end: failed },
      { ...early, end: { ...failed, error: 'InvalidInputError' } },
      { ...early, end: { ...END, status: 'ABORTED' as const } },
      { ...RUN, backfillId: 'orders-backfill-1' },
      { ...early, contract: goldContract() },
      { ...RUN, contract: goldContract(), manifest: GOLD_MANIFEST },
    ]
    expect(await problems(...runs)).toEqual([])
  })

  it('are refused by those schemas when they are wrong, so that the test can fail', async () => {
    const broken = { ...RUN, contract: { ...CONTRACT, owner: 5 as never } }
    expect(await problems(broken)).toEqual([expect.stringContaining('ownership: $.owners[0].name 5 is not of type')])
  })

  it('tell what was read, judged and written, and how much of it', () => {
    const [start, complete] = lineageEvents(RUN)
    expect([start?.eventType, start?.eventTime, complete?.eventType, complete?.eventTime]).toEqual([
      'START',
      END.startedAt,
      'COMPLETE',
      END.stoppedAt,
    ])
    expect(start?.run.runId).toBe(complete?.run.runId)
    expect(complete?.job).toMatchObject({ namespace: 'sluice-dev', name: 'ingest.orders' })
    expect(complete?.inputs.map(({ namespace, name }) => `${namespace} ${name}`)).toEqual([
      `${TABLES} table/sluice_dev/orders_raw`,
      `${TABLES} table/sluice_dev/orders_staged`,
    ])
    expect(complete?.inputs[1]?.inputFacets?.dataQualityAssertions?.assertions).toEqual([{ assertion: 'RowCount > 0', success: true }])
    const [curated] = complete?.outputs ?? []
    expect(curated?.outputFacets?.outputStatistics).toMatchObject({ fileCount: 2 })
    expect(curated?.facets?.schema?.fields).toEqual([
      { name: 'order_id', type: 'string' },
      { name: 'amount', type: 'decimal(12,2)' },
      { name: 'order_date', type: 'date' },
      { name: 'cents', type: 'bigint' },
      { name: 'day_of' },
      { name: 'late' },
    ])
  })

  it('have the SQL and the sources of a gold dataset', () => {
    const { manifest: _m, quality: _q, kind: _k, ...early } = RUN
    const [, complete] = lineageEvents({ ...early, contract: goldContract() })
    expect(complete?.inputs.map(({ name }) => name)).toEqual(['table/sluice_dev/orders', 'table/sluice_dev/customers'])
    expect(complete?.job.facets?.sql?.query).toContain('JOIN customers')
  })

  it('follow the columns of a gold dataset to those of its sources', () => {
    const [, complete] = lineageEvents({ ...RUN, contract: goldContract(), manifest: GOLD_MANIFEST })
    expect(complete?.outputs[0]?.facets?.columnLineage?.fields).toEqual({
      revenue: {
        inputFields: [{ namespace: TABLES, name: 'table/sluice_dev/orders', field: 'amount', transformations: [{ type: 'DIRECT' }] }],
      },
      orders: { inputFields: [] },
    })
  })

  it('are another run after a redrive, and say why a run failed', () => {
    const [again] = lineageEvents({ ...RUN, end: { ...END, redrives: 1 } })
    expect(again?.run.runId).not.toBe(lineageEvents(RUN)[0]?.run.runId)
    const [, failed] = lineageEvents({
      ...RUN,
      end: { ...END, status: 'FAILED', error: 'QuarantineRateError', cause: '9 of 10 rows quarantined' },
    })
    expect(failed?.run.facets?.errorMessage?.message).toContain('9 of 10 rows quarantined')
    expect(failed?.outputs[0]?.outputFacets).toBeUndefined()
  })
})

describe('columns', () => {
  it('are followed through derived ones to those of the files, and to partition keys', () => {
    const made = Object.fromEntries(
      Object.entries(columnSources(CONTRACT)).map(([name, from]) => [name, from.map(({ field }) => field).sort()]),
    )
    expect(made).toEqual({
      order_id: ['order_id'],
      amount: ['amount'],
      order_date: ['order_date'],
      cents: ['amount'],
      day_of: ['month', 'order_date'],
      late: ['amount', 'month'],
    })
  })

  it.each([
    ["concat('amount', `order id`, b)", ['order id', 'b']],
    ['sum (a) -- b\n + c', ['c', 'a']],
    ['"text a" || x /* y */', ['x']],
    [String.raw`'it\'s a' || z`, ['z']],
  ])('in %s are %j', (sql, names) => {
    expect([...namesIn(sql)].sort()).toEqual([...names].sort())
  })
})

describe('a receiver', () => {
  const told = { contract: CONTRACT, batchId: 'orders-b1', end: END }
  const close = async (url: string, lake = memoryLake(new Map()).lake) => {
    const failed: string[] = []
    const counters = { count: (name: string) => void failed.push(name) }
    await writeLineage(told, { lake, lineageReceiver: httpLineageReceiver(url), counters, settings: { database: 'sluice_dev' } })
    return failed
  }

  it('gets each event once, as JSON, and one that refuses them holds nothing up', async () => {
    const posted: { type: string | undefined; event: { eventType: string } }[] = []
    let answer = 201
    const server = createServer(async (request, response) => {
      posted.push({ type: request.headers['content-type'], event: JSON.parse(await text(request)) })
      response.writeHead(answer).end()
    }).listen(0, '127.0.0.1')
    try {
      await once(server, 'listening')
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/lineage`
      const { lake, objects } = memoryLake(new Map())
      for (const _ of [1, 2]) expect(await close(url, lake)).toEqual([])
      expect(posted.map(({ type, event }) => [type, event.eventType])).toEqual([
        ['application/json', 'START'],
        ['application/json', 'COMPLETE'],
      ])
      expect(objects.get('runs/orders/orders-b1/lineage.jsonl')?.trim().split('\n')).toHaveLength(2)
      answer = 503
      expect(await close(url)).toEqual(['LineagePostsFailed'])
    } finally {
      server.close()
    }
    expect(await close('http://127.0.0.1:1')).toEqual(['LineagePostsFailed'])
  })
})

it('is written once, however often the end is told', async () => {
  const { lake, objects } = memoryLake(new Map([['runs/orders/orders-b1/manifest.json', JSON.stringify(MANIFEST)]]))
  const told = { contract: CONTRACT, batchId: 'orders-b1', end: END }
  const world = { lake, counters: { count: () => {} }, settings: { database: 'sluice_dev' } }
  for (const _ of [1, 2]) await writeLineage(told, world)
  await writeLineage({ ...told, end: { ...END, redrives: 1 } }, world)
  const lines = objects.get('runs/orders/orders-b1/lineage.jsonl')?.trim().split('\n') ?? []
  expect(lines.map((line) => JSON.parse(line).eventType)).toEqual(['START', 'COMPLETE', 'START', 'COMPLETE'])
})
