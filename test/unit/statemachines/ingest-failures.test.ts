import { describe, expect, it } from 'vitest'
import { machine, statesOf } from './definition.ts'
import { callsOf, expectHonestFailure, INPUT, withRows } from './ingest-outcomes.ts'
import { failure, ingestWorld as newWorld } from './world.ts'

describe('wrong input', () => {
  it.each([
    [{ dataset: 'nobody' }, /dataset: "nobody" is not a dataset/],
    [{ dataset: 'Orders; DROP' }, /dataset: must match/],
    [{ dataset: 'orders', partition: 'month=1' }, /partition: is not a field/],
    [{ dataset: 'orders', partitions: [{ month: "1' OR '1'='1" }] }, /partitions.0.month: is not a safe/],
    [{ dataset: 'orders', partitions: [{ day: '1' }] }, /partitions.0: "day" is not a partition key/],
    [{ dataset: 'orders', partitions: [{ month: '1999-01' }] }, /partitions.0: .* selects no partition/],
    [{ dataset: 'orders', partitions: ['month=2025-01'], push_down_predicate: "month = '2025-01'" }, /push_down_predicate: give either/],
    [{ dataset: 'orders', push_down_predicate: "month = '1' OR 1=1" }, /push_down_predicate: .*expected a partition key/],
    [{ dataset: 'orders', push_down_predicate: "amount > '1'" }, /"amount" is not a partition key/],
    [{ dataset: 'orders', source: 'landings' }, /source: landings/],
    [{}, /dataset: /],
    [[], /input: /],
  ])('%j ends in InvalidInputError, once', async (input, cause) => {
    const world = newWorld()
    const result = await world.run(input as never)
    expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInputError', cause: expect.stringMatching(cause) })
    expect(callsOf(world, 'PrepareBatch')).toHaveLength(1)
    expect(world.queued).toMatchObject([{ error: 'InvalidInputError', input }])
    expect(world.alerts.map((alert) => alert.json.kind)).toEqual(['batch-failed'])
    // A name that is none must not become one in the ledger or in a subscription's filter.
    expect(world.alerts[0]?.attributes.dataset).toMatch(/^(orders|nobody|unknown)$/)
  })
})

describe('failures of each task', () => {
  const tasks = [...statesOf(machine('ingest'))].filter(([, state]) => state.Type === 'Task')
  const taskName = (state: (typeof tasks)[number][1]) => {
    const service = (state.Resource ?? '').replace('arn:aws:states:::', '')
    const given = state.Arguments as { FunctionName?: string }
    return service === 'lambda:invoke' ? (given.FunctionName ?? '').replace('FunctionArn', '') : service
  }
  const onFailurePath = new Set(['Queue Failed Batch', 'Raise Failure Alert'])
  const worldFor = (state: string) => {
    if (state === 'Warn of Quarantine Rate') return newWorld({ manifest: withRows(50) })
    return newWorld(onFailurePath.has(state) ? { manifest: withRows(250) } : {})
  }
  const retried = tasks.flatMap(([name, state]) =>
    (state.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals.map((error) => [name, error, state] as const)),
  )

  it.each(retried)('"%s" is retried on %s', async (name, error, state) => {
    const world = worldFor(name)
    world.faults.set(taskName(state), [failure(error), failure(error)])
    const result = await world.run(INPUT)
    expect(result.status).toBe(onFailurePath.has(name) ? 'FAILED' : 'SUCCEEDED')
    expect(callsOf(world, taskName(state)).length).toBeGreaterThanOrEqual(3)
    expect(world.clock.sleeps.some((sleep) => sleep.purpose === 'retry')).toBe(true)
    if (onFailurePath.has(name)) expectHonestFailure(world, result, 'QuarantineRateError', 'quarantine-rate')
  })

  /** Their failure is not the batch's. */
  const sideTasks = new Set([
    'Warn of Quarantine Rate',
    'Free Job Slot',
    'Crawl Curated',
    'Get Crawl',
    'Release Lease',
    'Record Metrics',
    'Report Recovery',
    'Queue Failed Batch',
    'Raise Failure Alert',
  ])
  it.each(tasks.filter(([name]) => !sideTasks.has(name)))(
    '"%s" failing for good ends the batch with that very error',
    async (name, state) => {
      const world = worldFor(name)
      world.faults.set(taskName(state), [failure('Unforeseen', 'broken for good')])
      const result = await world.run(INPUT)
      expectHonestFailure(world, result, 'Unforeseen')
      expect(result.cause).toBe('broken for good')
      expect(world.queued[0]).toMatchObject({
        cause: expect.stringContaining('broken for good'),
        executionArn: expect.stringContaining(':execution:'),
      })
    },
  )

  it.each([...sideTasks])('"%s" failing for good changes no outcome', async (name) => {
    const world = worldFor(name)
    const state = tasks.find(([task]) => task === name)?.[1] as (typeof tasks)[number][1]
    world.faults.set(taskName(state), Array(20).fill(failure('Unforeseen')))
    const result = await world.run(INPUT)
    if (onFailurePath.has(name)) expect(result).toMatchObject({ status: 'FAILED', error: 'QuarantineRateError' })
    else expect(result.status).toBe('SUCCEEDED')
  })

  it('more than a state may hold is a failure like any other, though States.ALL does not cover it', async () => {
    const world = newWorld()
    world.faults.set('ConfirmPartitions', [failure('States.DataLimitExceeded', 'too long')])
    expectHonestFailure(world, await world.run(INPUT), 'States.DataLimitExceeded')
  })

  it('a task that never answers times out, and so does the batch', async () => {
    const world = newWorld()
    world.hangs.add('ReadManifest')
    expectHonestFailure(world, await world.run(INPUT), 'States.Timeout')
  })
})
