import { afterAll, describe, expect, it } from 'vitest'
import { readFailure } from '../../../functions/domain/batch/failure.ts'
import { ordersContract } from '../batch/fixtures.ts'
import { type BackfillWorld, backfillWorld } from './backfill-world.ts'
import { machine, statesOf } from './definition.ts'
import { failure } from './world.ts'

const worlds: BackfillWorld[] = []
function newWorld(changes: Parameters<typeof backfillWorld>[0] = {}) {
  const world = backfillWorld(changes)
  worlds.push(world)
  return world
}
const months = (world: BackfillWorld) =>
  [...world.executions.values()].map(({ input }) =>
    (JSON.parse(input) as { partitions: { month: string }[] }).partitions.map(({ month }) => month),
  )
const reportOf = (result: { output?: unknown }) => (result.output as { report: Record<string, unknown> }).report

afterAll(() => {
  const visited = new Set(worlds.flatMap((world) => [...world.visited]))
  const all = [...statesOf(machine('backfill'))].map(([name]) => name)
  expect(all.filter((name) => !visited.has(name))).toEqual([])
})

describe('backfill', () => {
  it('reads what was never read, in chunks, and reports once', async () => {
    const world = newWorld()
    world.remember('orders-old', 'succeeded', [{ month: '2025-02' }])
    const result = await world.run({ dataset: 'orders', all: true, chunkSize: 2, requestedBy: 'ana', reason: 'new rules' })
    expect(result.status, result.cause).toBe('SUCCEEDED')
    expect(months(world)).toEqual([
      ['2025-01', '2025-03'],
      ['2025-04', '2025-05'],
    ])
    expect(reportOf(result)).toMatchObject({ chunks: { total: 2, succeeded: 2, failed: 0, notRun: 0 }, rows: { read: 20, written: 18 } })
    expect(result.output).toMatchObject({ plan: { skipped: { succeeded: 1 }, partitions: 4 } })
    expect(world.alerts.map((alert) => alert.attributes)).toEqual([{ dataset: 'orders', kind: 'backfill-finished', severity: 'info' }])
    expect(world.lease).toBeUndefined()
    const [first] = world.executions.values()
    expect(JSON.parse(first?.input ?? '')).toMatchObject({
      requestedBy: 'ana',
      reason: 'new rules',
      backfillId: expect.stringMatching(/^orders-/),
    })
  })

  it('started again does only what is left', async () => {
    const world = newWorld()
    world.failing.add('2025-03')
    const input = { dataset: 'orders', all: true, only: 'all', chunkSize: 1, toleratedFailurePercentage: 50 }
    const first = await world.run(input)
    expect(reportOf(first)).toMatchObject({ chunks: { total: 5, succeeded: 4, failed: 1 }, failed: [{ error: 'QualityGateError' }] })
    world.failing.clear()
    world.executions.clear()
    const second = await world.run(input)
    expect(months(world)).toEqual([['2025-03']])
    expect(second.output).toMatchObject({ plan: { skipped: { 'done-by-this-backfill': 4 } } })
    world.executions.clear()
    const third = await world.run(input)
    expect(world.executions.size).toBe(0)
    expect(world.calls.filter((call) => call === 's3:getObject')).toHaveLength(2)
    expect(reportOf(third)).toMatchObject({ chunks: { total: 0 } })
    // Another reason is another backfill.
    await world.run({ ...input, reason: 'once more' })
    expect(world.executions.size).toBe(5)
  })

  it('fails when more chunks failed than it may, and says which', async () => {
    const world = newWorld()
    world.failing.add('2025-02')
    const result = await world.run({ dataset: 'orders', all: true, chunkSize: 1 })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' })
    expect(world.alerts).toHaveLength(1)
    expect(world.alerts[0]?.attributes).toMatchObject({ kind: 'backfill-finished', severity: 'critical' })
    expect(world.alerts[0]?.text).toMatch(/1 of 5 chunks succeeded, 1 failed, 3 did not run/)
    expect(world.alerts[0]?.text).toMatch(/QualityGateError/)
    expect(world.lease).toBeUndefined()
  })

  it('takes whole partitions when a limit is inside one, and reports it', async () => {
    const world = newWorld()
    const result = await world.run({ dataset: 'orders', from: '2025-02-15', to: '2025-04-01', dryRun: true })
    expect(result.output).toMatchObject({ partitions: 3, widened: { from: '2025-02', to: '2025-04' }, dryRun: true })
  })

  it('dry, starts nothing, holds no lease and reports time and cost', async () => {
    const world = newWorld()
    world.remember('orders-old', 'succeeded', [{ month: '2025-02' }])
    const result = await world.run({ dataset: 'orders', all: true, only: 'all', chunkSize: 2, dryRun: true })
    expect(result.status).toBe('SUCCEEDED')
    expect(result.output).toMatchObject({ chunks: 3, partitions: 5, estimate: { seconds: 900, dollars: expect.any(Number) } })
    expect(world).toMatchObject({ lease: undefined, alerts: [] })
    expect(world.executions.size).toBe(0)
  })

  it('reads again what failed, and only that', async () => {
    const world = newWorld()
    world.remember('orders-1', 'succeeded', [{ month: '2025-01' }, { month: '2025-02' }])
    world.remember('orders-2', 'failed', [{ month: '2025-02' }])
    await world.run({ dataset: 'orders', all: true, only: 'failed' })
    expect(months(world)).toEqual([['2025-02']])
  })

  it('leaves alone what is in curated, where the partitions are the same', async () => {
    const world = newWorld({ contract: ordersContract({ curated: { partition_by: ['month'] } }), curated: [{ month: '2025-01' }] })
    world.remember('orders-2', 'running', [{ month: '2025-05' }])
    const result = await world.run({ dataset: 'orders', all: true })
    expect(months(world)).toEqual([['2025-02', '2025-03', '2025-04']])
    expect(result.output).toMatchObject({ plan: { skipped: { curated: 1, running: 1 } } })
  })

  it('of a dataset without partitions is one chunk', async () => {
    const world = newWorld({ contract: ordersContract({ source: { format: 'csv' } }), partitions: [{}] })
    expect((await world.run({ dataset: 'orders', all: true })).status).toBe('SUCCEEDED')
    const [only] = world.executions.values()
    expect(JSON.parse(only?.input ?? '')).not.toHaveProperty('partitions')
    world.executions.clear()
    await world.run({ dataset: 'orders', all: true })
    expect(world.executions.size).toBe(0)
  })

  it('plans ten thousand partitions within every limit', async () => {
    const partitions = Array.from({ length: 10_000 }, (_, n) => ({ month: `p${String(n).padStart(5, '0')}` }))
    const world = newWorld({ partitions })
    const result = await world.run({ dataset: 'orders', all: true, chunkSize: 50, maxConcurrency: 10 })
    expect(result.status, result.cause).toBe('SUCCEEDED')
    expect(reportOf(result)).toMatchObject({ chunks: { total: 200, succeeded: 200 } })
    expect(months(world).flat().sort()).toEqual(partitions.map(({ month }) => month))
  })

  it.each([
    ['SUCCEEDED', {}, undefined],
    ['FAILED', { Error: 'QualityGateError', Cause: 'one rule failed' }, 'QualityGateError'],
    ['ABORTED', {}, 'States.TaskFailed'],
  ])('waits for a chunk that was started before, and takes its outcome %s', async (outcome, ended, error) => {
    const world = newWorld()
    world.faults.set('states:startExecution.sync:2', [failure('StepFunctions.ExecutionAlreadyExistsException')])
    world.statuses = ['RUNNING', 'PENDING_REDRIVE', outcome]
    world.ended = ended
    const result = await world.run({ dataset: 'orders', partitions: ['month=2025-01'] })
    expect(result.status).toBe(error === undefined ? 'SUCCEEDED' : 'FAILED')
    expect(result.children[0]).toMatchObject({ status: result.status, ...(error && { error }) })
    expect(world.calls.filter((call) => call === 'aws-sdk:sfn:describeExecution')).toHaveLength(3)
  })

  it.each([
    [{ dataset: 'nobody', all: true }, 'InvalidInputError', /dataset: "nobody"/],
    [{ dataset: 'orders' }, 'InvalidInputError', /from: give one of/],
    [{ dataset: 'orders', all: true, from: '2025-01' }, 'InvalidInputError', /give one of/],
    [{ dataset: 'orders', from: "2025' OR 1=1" }, 'InvalidInputError', /from: must be a date/],
    [{ dataset: 'orders', partitions: ['month=1999-01'] }, 'InvalidInputError', /partitions.0: .*is not a partition of orders_raw/],
    [{ dataset: 'orders', all: true, chunks: 3 }, 'InvalidInputError', /chunks: is not a field/],
  ])('refuses %j', async (input, error, cause) => {
    const world = newWorld()
    const result = await world.run(input as never)
    expect(result).toMatchObject({ status: 'FAILED', error })
    expect(readFailure({ Error: error, Cause: result.cause }).message).toMatch(cause)
    expect(world.executions.size).toBe(0)
  })

  it('refuses to run beside another of the same dataset, unless that one is dead', async () => {
    const world = newWorld()
    const other = 'arn:other'
    world.lease = other
    world.executions.set(other, { arn: other, name: 'o', status: 'RUNNING', input: '{}', startedAt: '', redrives: 0, redrivable: false })
    expect(await world.run({ dataset: 'orders', all: true })).toMatchObject({ status: 'FAILED', error: 'DuplicateRunError' })
    world.executions.clear()
    world.lease = other
    expect((await world.run({ dataset: 'orders', all: true })).status).toBe('SUCCEEDED')
  })

  it('is honest even when the report cannot be made', async () => {
    const well = newWorld()
    well.faults.set('ReportBackfill', [failure('Unforeseen')])
    expect((await well.run({ dataset: 'orders', all: true })).status).toBe('SUCCEEDED')
    const ill = newWorld()
    ill.failing.add('2025-01')
    ill.faults.set('ReportBackfill', [failure('Unforeseen')])
    expect(await ill.run({ dataset: 'orders', all: true })).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' })
    const full = newWorld()
    full.faults.set('s3:getObject', [failure('States.DataLimitExceeded')])
    expect((await full.run({ dataset: 'orders', all: true })).status).toBe('FAILED')
  })

  const tasks = [...statesOf(machine('backfill'))].filter(([, state]) => state.Type === 'Task')
  const retried = tasks.flatMap(([name, state]) =>
    (state.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals.map((error) => [name, error, state] as const)),
  )
  it.each(retried)('"%s" is retried on %s', async (name, error, state) => {
    const world = newWorld()
    const service = (state.Resource ?? '').replace('arn:aws:states:::', '')
    const task =
      service === 'lambda:invoke' ? String((state.Arguments as { FunctionName: string }).FunctionName).replace('FunctionArn', '') : service
    if (name === 'Describe Chunk')
      world.faults.set('states:startExecution.sync:2', [failure('StepFunctions.ExecutionAlreadyExistsException')])
    world.faults.set(task, [failure(error), failure(error)])
    expect((await world.run({ dataset: 'orders', all: true })).status).toBe('SUCCEEDED')
    expect(world.calls.filter((call) => call === task).length).toBeGreaterThanOrEqual(3)
  })
})
