import { afterAll, describe, expect, it } from 'vitest'
import { ordersContract } from '../batch/fixtures.ts'
import { machine, statesOf } from './definition.ts'
import { callsOf, curatedKeys, expectHonestFailure, INPUT, withRows } from './ingest-outcomes.ts'
import { failure, type IngestWorld, ingestWorld } from './world.ts'

const worlds: IngestWorld[] = []
function newWorld(changes: Parameters<typeof ingestWorld>[0] = {}): IngestWorld {
  const world = ingestWorld(changes)
  worlds.push(world)
  return world
}

afterAll(() => {
  const visited = new Set(worlds.flatMap((world) => [...world.visited]))
  const all = [...statesOf(machine('ingest'))].map(([name]) => name)
  expect(all.filter((name) => !visited.has(name))).toEqual([])
})

describe('a batch that is well', () => {
  it('is published, catalogued and reported in one object', async () => {
    const world = newWorld()
    const result = await world.run(INPUT)
    expect(result.status).toBe('SUCCEEDED')
    const batchId = (result.output as { batchId: string }).batchId
    const none = { count: 0, names: [] }
    expect(result.output).toEqual({
      batchId: expect.stringMatching(/^orders-20250102T000000Z-[0-9a-f]{8}$/),
      dataset: 'orders',
      source: 'raw',
      finding: '5 of 1,000 rows quarantined (0.5%; negative_amount 4, malformed_record 1)',
      rows: { read: 1000, written: 900, duplicates: 60, superseded: 35, quarantined: 5 },
      quarantineRate: 0.005,
      quarantinedByRule: { negative_amount: 4, malformed_record: 1 },
      quality: { passed: true, skipped: null, score: 1, rulesPassed: 1, rulesFailed: 0, finding: 'every rule passed' },
      published: {
        partitions: 1,
        registered: 0,
        leftOut: none,
        files: 1,
        bytes: 100,
        quarantineFiles: 1,
        paths: ['order_date=2025-01-01'],
      },
      crawls: { ran: true, failure: null, leftOut: [none, none] },
    })
    expect(curatedKeys(world)).toEqual([
      expect.stringMatching(/^curated\/orders\/order_date=2025-01-01\/orders-b1-0-[0-9a-f]{8}\.parquet$/),
    ])
    expect(world).toMatchObject({ lease: undefined, queued: [], alerts: [] })
    expect(Object.fromEntries(world.metrics)).toMatchObject({ BatchesSucceeded: 1, RowsRead: 1000, QuarantineRate: 0.5, QualityScore: 100 })
    expect(callsOf(world, 'glue:startJobRun.sync')[0]?.arguments).toEqual({
      JobName: 'CurateJobName',
      WorkerType: 'G.1X',
      NumberOfWorkers: 2,
      Timeout: 60,
      ExecutionClass: 'STANDARD',
      Arguments: {
        '--dataset': 'orders',
        '--batch_id': batchId,
        '--plan_uri': `s3://lake/runs/orders/${batchId}/plan.json`,
        '--contract_uri': `s3://deploy/contracts/orders-${world.contract.version}.json`,
        '--rebuild_command': 'npx --no-install sluice backfill orders --rebuild --stage dev',
        '--enable-auto-scaling': 'true',
      },
    })
    expect(callsOf(world, 'aws-sdk:glue:startDataQualityRulesetEvaluationRun')[0]?.arguments).toEqual({
      ClientToken: expect.stringMatching(/^[0-9a-f]{64}$/),
      RulesetNames: ['sluice-dev_orders'],
      Role: 'QualityRoleArn',
      NumberOfWorkers: 5,
      Timeout: 60,
      DataSource: {
        GlueTable: {
          DatabaseName: 'sluice_dev',
          TableName: 'orders_staged',
          AdditionalOptions: { pushDownPredicate: `batch_id='${batchId}'` },
        },
      },
      AdditionalRunOptions: { CloudWatchMetricsEnabled: true },
      AdditionalDataSources: { customers: { GlueTable: { DatabaseName: 'sluice_dev', TableName: 'customers' } } },
    })
  })

  it('names no further tables to a ruleset that has none', async () => {
    const world = newWorld({ contract: ordersContract({ references: {} }) })
    const result = await world.run(INPUT)
    expect(result.status).toBe('SUCCEEDED')
    expect(callsOf(world, 'aws-sdk:glue:startDataQualityRulesetEvaluationRun')[0]?.arguments).not.toHaveProperty('AdditionalDataSources')
  })

  it('is not judged without rules, and quality.json says so', async () => {
    const world = newWorld({ contract: ordersContract({ quality: undefined, references: {} }) })
    const result = await world.run(INPUT)
    expect(result.output).toMatchObject({ quality: { passed: true, skipped: 'no-ruleset' } })
    expect(callsOf(world, 'aws-sdk:glue:startDataQualityRulesetEvaluationRun')).toEqual([])
    const key = [...world.objects.keys()].find((name) => name.endsWith('quality.json')) ?? ''
    expect(JSON.parse(world.objects.get(key) ?? '')).toMatchObject({ passed: true, skipped: 'no-ruleset' })
  })

  it('with nothing staged is neither judged nor crawled, unless rows went to quarantine', async () => {
    const empty = newWorld({ manifest: withRows(0, { quarantine: { files: [], replaces: [] } }, {}) })
    expect((await empty.run(INPUT)).output).toMatchObject({ quality: { skipped: 'nothing-staged' } })
    expect(callsOf(empty, 'aws-sdk:glue:startCrawler')).toEqual([])
    const bad = newWorld({ manifest: withRows(5, {}, {}) })
    expect((await bad.run(INPUT)).status).toBe('SUCCEEDED')
    expect(callsOf(bad, 'aws-sdk:glue:startCrawler')).toHaveLength(1)
  })

  it('is published in as many steps as it needs', async () => {
    const many = Object.fromEntries([...Array(300).keys()].map((n) => [`order_date=d${n}`, { files: [`orders-b1-${n}.parquet`] }]))
    const world = newWorld({ manifest: withRows(0, {}, many) })
    expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    expect(callsOf(world, 'PublishBatch').length).toBeGreaterThan(1)
    expect(curatedKeys(world)).toHaveLength(300)
  })

  it('says that what stood is over', async () => {
    const world = newWorld()
    for (const kind of ['batch-failed', 'quarantine-rate']) world.alertsUp.add(kind)
    await world.run(INPUT)
    expect(world.alerts.map((alert) => alert.json)).toMatchObject([{ kind: 'recovered', severity: 'info' }])
    expect(world.alertsUp.size).toBe(0)
  })
})

describe('the quarantine rate', () => {
  it('above warn_rate alerts and goes on', async () => {
    const world = newWorld({ manifest: withRows(50) })
    expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    expect(world.alerts.map((alert) => alert.attributes)).toEqual([{ dataset: 'orders', kind: 'quarantine-rate', severity: 'warning' }])
    expect(world.alertsUp).toEqual(new Set(['quarantine-rate']))
    world.crawls = [{ State: 'READY', LastCrawl: { Status: 'SUCCEEDED' } }]
    world.quality.statuses = ['SUCCEEDED']
    await world.run(INPUT)
    expect(world.alerts).toHaveLength(1)
  })

  it('above halt_rate stops before publishing', async () => {
    const world = newWorld({ manifest: withRows(250) })
    const result = await world.run(INPUT)
    expectHonestFailure(world, result, 'QuarantineRateError', 'quarantine-rate')
    expect(result.cause).toMatch(/^250 of 1,000 rows quarantined \(25%; .*\), above halt_rate 0.2$/)
    expect(world.alerts[0]?.attributes.severity).toBe('critical')
    expect(curatedKeys(world)).toEqual([])
    expect(world.metrics.get('QuarantineRate')).toBe(25)
  })
})

describe('the quality gate', () => {
  it.each(['FAILED', 'STOPPED', 'TIMEOUT', 'RUNNING'])('stays shut when the run ends, or stays, %s', async (status) => {
    const world = newWorld()
    world.quality.statuses = [status]
    expectHonestFailure(world, await world.run(INPUT), 'QualityGateError', 'quality-gate')
    expect(curatedKeys(world)).toEqual([])
    if (status === 'RUNNING') expect(world.clock.now() - Date.UTC(2025, 0, 2)).toBeGreaterThanOrEqual(75 * 60_000)
  })

  it.each(['FAIL', 'ERROR', undefined])('stays shut when a rule of a run that succeeded says %s', async (outcome) => {
    const world = newWorld()
    world.quality.rules.push({ name: 'Rule_2', description: 'IsUnique "order_id"', result: outcome, message: 'Value: 0.9' })
    const result = await world.run(INPUT)
    expectHonestFailure(world, result, 'QualityGateError', 'quality-gate')
    expect(result.cause).toContain('IsUnique "order_id": Value: 0.9')
  })

  it('stays shut, and starts no run, while the rules refer to tables that are not there', async () => {
    const world = newWorld({
      contract: ordersContract({ references: { buyers: 'customers', all: 'customers', shops: 'shops', is: 'there' } }),
    })
    world.missingTables = ['customers', 'shops']
    const result = await world.run(INPUT)
    expectHonestFailure(world, result, 'QualityGateError', 'quality-gate')
    expect(result.cause).toBe(
      'the rules refer to datasets that have no table yet: customers, shops. An Iceberg table comes with its first batch; redrive this one then',
    )
    expect(callsOf(world, 'aws-sdk:glue:startDataQualityRulesetEvaluationRun')).toEqual([])
    const key = [...world.objects.keys()].find((name) => name.endsWith('quality.json')) ?? ''
    expect(JSON.parse(world.objects.get(key) ?? '')).toMatchObject({ passed: false, skipped: null, runId: null, problem: result.cause })
  })

  it('needs no other table where nothing is judged', async () => {
    for (const changes of [{ contract: ordersContract({ quality: undefined }) }, { manifest: withRows(0, {}, {}) }]) {
      const world = newWorld(changes)
      world.missingTables = ['customers']
      expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    }
  })
})

describe('the lease', () => {
  it('is waited for while its owner runs, and given up at the deadline', async () => {
    const world = newWorld()
    world.lease = 'arn:other'
    world.executions.set('arn:other', 'RUNNING')
    const result = await world.run(INPUT)
    expect(result).toMatchObject({ status: 'FAILED', error: 'LeaseUnavailableError', cause: 'the lease of orders stayed with arn:other' })
    expect(world.clock.now() - Date.UTC(2025, 0, 2)).toBeGreaterThanOrEqual(43_200_000)
    expect(world.lease).toBe('arn:other')
    expect(callsOf(world, 'glue:startJobRun.sync')).toEqual([])
  })

  it.each(['ABORTED', 'TIMED_OUT', 'FAILED', 'SUCCEEDED', undefined] as const)('is taken over from an owner that is %s', async (status) => {
    const world = newWorld()
    world.lease = 'arn:dead'
    if (status) world.executions.set('arn:dead', status)
    expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    expect(callsOf(world, 'AcquireLease')).toHaveLength(1)
  })
})

describe('the job slot', () => {
  it('is waited for, and is free again once the job has run', async () => {
    const world = newWorld()
    await world.ledger.jobSlots.take('other', 'arn:other', 1)
    world.before = async (task) => {
      if (task === 'TakeJobSlot' && callsOf(world, 'TakeJobSlot').length === 3) await world.ledger.jobSlots.free('other', 'arn:other')
      if (task === 'ReadManifest') expect(await world.ledger.jobSlots.entries()).toEqual({})
    }
    expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    expect(callsOf(world, 'TakeJobSlot')).toHaveLength(3)
  })

  it('that does not come in time fails the batch, which may be redriven', async () => {
    const world = newWorld()
    await world.ledger.jobSlots.take('other', 'arn:other', 1)
    expectHonestFailure(world, await world.run(INPUT), 'JobSlotUnavailableError')
    expect(callsOf(world, 'glue:startJobRun.sync')).toEqual([])
    expect(Object.keys(await world.ledger.jobSlots.entries())).toEqual(['other'])
  })

  it('is given back by a batch whose job fails, and kept while a start is refused for a quota', async () => {
    const world = newWorld()
    const refused = [failure('Glue.ConcurrentRunsExceededException'), failure('Glue.ResourceNumberLimitExceededException')]
    world.faults.set('glue:startJobRun.sync', [...refused, failure('States.TaskFailed', 'no such column')])
    expectHonestFailure(world, await world.run(INPUT), 'States.TaskFailed')
    expect(callsOf(world, 'glue:startJobRun.sync')).toHaveLength(3)
    expect(await world.ledger.jobSlots.entries()).toEqual({})
  })
})

describe('curating', () => {
  it('stops a live run of the same batch before it starts one', async () => {
    const world = newWorld()
    world.liveRuns = [{ id: 'jr_old', stopping: false }]
    expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    const order = world.calls.map((call) => call.task)
    expect(order.indexOf('glue:startJobRun.sync')).toBeGreaterThan(order.lastIndexOf('StopStrayRuns'))
    expect(callsOf(world, 'StopStrayRuns')).toHaveLength(2)
  })

  it('does not start beside a run that will not stop', async () => {
    const world = newWorld()
    world.liveRuns = [{ id: 'jr_old', stopping: true }]
    expectHonestFailure(world, await world.run(INPUT), 'TransientDependencyError')
    expect(callsOf(world, 'glue:startJobRun.sync')).toEqual([])
  })

  const jobRun = (ErrorMessage: string) => JSON.stringify({ Id: 'jr_1', JobName: 'curate', JobRunState: 'FAILED', ErrorMessage })
  it.each([
    ['an answer that may have been lost', failure('Glue.InternalServiceException')],
    ["Glue's own trouble", failure('States.TaskFailed', jobRun('Internal service error : unable to launch'))],
  ])('tries again after %s, with stray runs stopped', async (_, error) => {
    const world = newWorld()
    world.faults.set('glue:startJobRun.sync', [error, error])
    expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    expect(callsOf(world, 'StopStrayRuns')).toHaveLength(3)
    world.faults.set('glue:startJobRun.sync', [error, error, error])
    expect((await world.run(INPUT)).error).toBe(error.name)
  })

  it('does not try a fault of the data twice, and ends with the sentence of the JobRun', async () => {
    const world = newWorld()
    world.faults.set('glue:startJobRun.sync', [failure('States.TaskFailed', jobRun('AnalysisException: no such column'))])
    const result = await world.run(INPUT)
    expectHonestFailure(world, result, 'States.TaskFailed')
    expect(result.cause).toBe('AnalysisException: no such column')
    expect(world.alerts[0]?.json).toMatchObject({ failure: { message: 'AnalysisException: no such column', jobRunId: 'jr_1' } })
  })

  it('does not believe a manifest that does not add up', async () => {
    const world = newWorld({ manifest: withRows(5, { rows: { read: 10, written: 1, duplicates: 0, superseded: 0, quarantined: 5 } }) })
    expectHonestFailure(world, await world.run(INPUT), 'ManifestError')
  })
})

describe('the curated crawl', () => {
  const ready = (Status: string) => ({ State: 'READY', LastCrawl: { Status, ErrorMessage: 'no permission' } })
  it.each([
    ['fails', [{ State: 'RUNNING' }, ready('FAILED')], /its last crawl FAILED: no permission/],
    ['is cancelled', [ready('CANCELLED')], /CANCELLED/],
    ['never was', [{ State: 'READY' }], /is READY/],
    ['does not end', [{ State: 'RUNNING' }], /is RUNNING/],
  ])('that %s fails no batch: what it would have found is registered, and people are told', async (_, crawls, cause) => {
    const world = newWorld()
    world.crawls = crawls
    world.missingPartitions = [{ order_date: '2025-01-01' }]
    expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    expect(world.missingPartitions).toEqual([])
    expect(world.alerts.map(({ json }) => [json.kind, json.severity])).toEqual([['curated-crawl-failed', 'warning']])
    expect(world.alerts[0]?.text).toMatch(cause)
  })

  it.each(['startCrawler', 'getCrawler'])('whose %s AWS refuses fails no batch either', async (call) => {
    const world = newWorld()
    world.faults.set(`aws-sdk:glue:${call}`, [failure('Glue.AccessDeniedException', 'not authorized to perform it')])
    expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    expect(world.alerts[0]?.text).toContain('not authorized to perform it')
  })

  it('that succeeded without our partitions fails no batch: they are registered, and the staged ones leave the catalog', async () => {
    const world = newWorld()
    world.missingPartitions = [{ order_date: '2025-01-01' }]
    const { status, output } = await world.run(INPUT)
    expect({ status, batch: (output as { batchId: string }).batchId }).toMatchObject({ status: 'SUCCEEDED' })
    expect(world.missingPartitions).toEqual([])
    expect(world.alerts.map(({ json }) => [json.kind, json.observed])).toEqual([['partitions-left-out', { partitions: 1 }]])
    expect(world.forgotten).toEqual([expect.stringMatching(/^orders_staged batch_id = 'orders-/)])
  })

  it('that never is (crawl: never) leaves it to the registering', async () => {
    const world = ingestWorld({ contract: ordersContract({ crawl: 'never' }) })
    expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    expect(callsOf(world, 'aws-sdk:glue:startCrawler')).toEqual([])
  })

  it('whose partitions the catalog does not take fails the batch', async () => {
    const world = newWorld()
    world.missingPartitions = [{ order_date: '2025-01-01' }]
    world.registers = false
    expectHonestFailure(world, await world.run(INPUT), 'CrawlFailedError', 'curated-crawl-failed')
  })

  it("waits for another caller's crawl and crawls again", async () => {
    const world = newWorld()
    world.faults.set('aws-sdk:glue:startCrawler', [failure('Glue.CrawlerRunningException'), failure('Glue.CrawlerRunningException')])
    expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    expect(callsOf(world, 'aws-sdk:glue:startCrawler')).toHaveLength(3)
  })
})
