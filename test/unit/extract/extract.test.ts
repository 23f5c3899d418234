import { describe, expect, it } from 'vitest'
import { extractWorld, FULL, jobFailure, landed } from './extract-world.ts'

describe('an extract', () => {
  it('reads from the beginning, and then from where everything is published', async () => {
    const world = extractWorld()
    world.does = [landed('5', 'raw/a', 'raw/b'), landed('9', 'raw/c')]
    const first = await world.run()
    expect(first).toMatchObject({ status: 'SUCCEEDED', output: { rows: 2, objects: 2 } })
    expect(world.plans[0]).toMatchObject({ source: { connection: 'orders_db', table: 'orders', watermark: 'at', lagSeconds: 300 } })
    expect(world.plans[0]).not.toHaveProperty('lower')
    await world.publish(['raw/a', 'raw/b'])
    await world.run()
    expect(world.plans[1]).toMatchObject({ lower: '5' })
    expect(world.jobs[0]).toMatchObject({
      JobName: 'sluice-dev_orders-extract',
      Arguments: { '--contract_uri': expect.stringMatching(/^s3:\/\/code\/a\/contracts\/orders-[0-9a-f]{12}\.json$/) },
    })
  })

  it.each([
    ['one of its files is not published', async (world: ReturnType<typeof extractWorld>) => world.publish(['raw/b'])],
    ['its batch has failed', async (world: ReturnType<typeof extractWorld>) => world.publish(['raw/b', 'raw/c'], 'failed')],
    ['it has failed itself', async () => {}],
  ])('moves no watermark while %s', async (why, prepare) => {
    const world = extractWorld()
    world.does = [
      landed('5', 'raw/a'),
      why.includes('itself') ? jobFailure('ExtractError: no table') : landed('9', 'raw/b', 'raw/c'),
      landed('9'),
    ]
    await world.run()
    await world.publish(['raw/a'])
    await world.run()
    await prepare(world)
    await world.run()
    expect(world.plans.at(-1)).toMatchObject({ lower: '5' })
  })

  it('remembers what is published for longer than the rows of its files', async () => {
    const world = extractWorld()
    world.does = [landed('5', 'raw/a'), landed('9', 'raw/b')]
    await world.run()
    await world.publish(['raw/a'])
    await world.run()
    expect(await world.extracts.watermark('orders')).toMatchObject({ upper: '5', of: 'orders_db/orders/at' })
  })

  it('begins anew when the contract names another watermark', async () => {
    const world = extractWorld()
    await world.extracts.saveWatermark('orders', { of: 'orders_db/orders/changed', upper: '5', extractId: '20250101T000000Z-0a' })
    world.does = [landed('9', 'raw/b')]
    await world.run()
    expect(world.plans[0]).not.toHaveProperty('lower')
  })

  it('of a window reads that window, and moves no watermark', async () => {
    const world = extractWorld()
    world.does = [landed('7', 'raw/a')]
    await world.run({ dataset: 'orders', from: '3', to: '7' })
    expect(world.plans[0]).toMatchObject({ lower: '3', upper: '7' })
    await world.publish(['raw/a'])
    await world.run()
    expect(world.plans[1]).not.toHaveProperty('lower')
  })

  it('of a whole table compares with what is published, and with all that may yet be', async () => {
    const world = extractWorld(FULL)
    world.does = [landed(null, 'raw/a'), landed(null, 'raw/b'), landed(null, 'raw/c'), landed(null, 'raw/d')]
    await world.run()
    await world.publish(['raw/a'])
    await world.run()
    await world.run()
    await world.publish(['raw/b'])
    await world.run()
    expect(world.plans.map(({ before }) => before)).toEqual([[], ['raw/a'], ['raw/b', 'raw/a'], ['raw/c', 'raw/b']])
    await world.run({ dataset: 'orders', all: true })
    expect(world.plans.at(-1)).not.toHaveProperty('before')
  })

  it('is not started beside another of the dataset, and is when that one was stopped', async () => {
    const world = extractWorld()
    const arn = 'arn:other'
    const row = { dataset: 'orders', extractId: '20250601T000000Z-0a', status: 'running' as const, startedAt: '2025-06-01T00:00:00Z' }
    await world.extracts.save({ ...row, executionArn: arn, of: 'orders_db/orders/at' })
    world.running.add(arn)
    world.does = [landed('7', 'raw/a')]
    expect(await world.run()).toMatchObject({ status: 'SUCCEEDED', output: { skipped: 'another extract of the dataset runs' } })
    world.running.clear()
    expect(await world.run()).toMatchObject({ status: 'SUCCEEDED', output: { rows: 1 } })
  })

  it('tries again when the database does not answer, and no other failure', async () => {
    const world = extractWorld()
    const sentence = 'connection orders_db: the database cannot be reached; check the url, its network and whether it runs'
    world.does = [jobFailure(`UnreachableDatabaseError: ${sentence}`), landed('5', 'raw/a')]
    expect(await world.run()).toMatchObject({ status: 'SUCCEEDED' })
    expect(world.plans).toHaveLength(2)
    world.does = [jobFailure('ExtractError: no table')]
    await world.run()
    expect(world.plans).toHaveLength(3)
  })

  it('that fails is one alert with the sentence, and its end another', async () => {
    const world = extractWorld()
    const sentence = 'ExtractError: connection orders_db: there is no table orders; correct source.jdbc.table'
    world.does = [jobFailure(sentence), jobFailure(sentence), landed('5', 'raw/a')]
    expect(await world.run()).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed', cause: sentence })
    await world.run()
    expect(world.alerts.map(({ attributes }) => attributes.kind)).toEqual(['extract-failed'])
    expect(world.alerts[0]?.text).toContain(`failed: ${sentence}`)
    expect((await world.extracts.recent('orders', 1))[0]).toMatchObject({ status: 'failed', error: sentence })
    await world.run()
    expect(world.alerts.map(({ attributes }) => attributes.kind)).toEqual(['extract-failed', 'recovered'])
  })

  it.each([
    ['ABORTED', {}, 'was stopped by hand', 'ABORTED'],
    ['TIMED_OUT', {}, 'ran out of time', 'TIMED_OUT'],
    [
      'FAILED',
      { error: 'ThrottledError', cause: 'the ledger is busy' },
      'failed: ThrottledError: the ledger is busy',
      'ThrottledError: the ledger is busy',
    ],
  ] as const)(
    'that ends %s without its last state is found by the sweep: one alert, and a closed row',
    async (status, why, words, error) => {
      const world = extractWorld()
      const id = await world.cutOff({ status, ...why, stoppedAt: '2025-06-01T00:30:00.000Z' })
      await world.sweep()
      await world.sweep()
      expect(world.alerts.map(({ attributes }) => attributes.kind)).toEqual(['extract-failed'])
      expect(world.alerts[0]?.text).toContain(`orders: extract ${id} ${words}`)
      expect((await world.extracts.recent('orders', 1))[0]).toMatchObject({ status: 'failed', error, endedAt: '2025-06-01T00:30:00.000Z' })
      world.does = [landed('5', 'raw/a')]
      await world.run()
      expect(world.alerts.map(({ attributes }) => attributes.kind)).toEqual(['extract-failed', 'recovered'])
    },
  )

  it('that was stopped is no trouble any more when a later one has landed before the sweep', async () => {
    const world = extractWorld()
    const id = await world.cutOff({ status: 'ABORTED' })
    world.does = [landed('5', 'raw/a')]
    await world.run()
    await world.sweep()
    expect(world.alerts).toEqual([])
    expect((await world.extracts.recent('orders', 2))[1]).toMatchObject({ extractId: id, status: 'failed', error: 'ABORTED' })
  })

  it.each(['RUNNING', 'PENDING_REDRIVE', 'SUCCEEDED'] as const)('whose execution is %s stays as it is', async (status) => {
    const world = extractWorld()
    await world.cutOff({ status })
    await world.sweep()
    expect(world.alerts).toEqual([])
    expect((await world.extracts.recent('orders', 1))[0]).toMatchObject({ status: 'running' })
  })

  it('that closes itself while the sweep looks keeps its own reason', async () => {
    const world = extractWorld()
    await world.cutOff({ status: 'FAILED', error: 'States.TaskFailed' })
    const [row] = await world.extracts.recent('orders', 1)
    const recent = world.extracts.recent
    world.extracts.recent = async (...asked) => {
      const rows = await recent(...asked)
      await world.extracts.save({ ...(row as NonNullable<typeof row>), status: 'failed', error: 'no table orders' })
      return rows
    }
    await world.sweep()
    expect((await recent('orders', 1))[0]).toMatchObject({ error: 'no table orders' })
    expect(world.alerts).toEqual([])
  })

  it.each([
    [{ dataset: 'nothing' }, /"nothing" is not a dataset of this deployment/],
    [{ dataset: 'orders', since: 'x' }, /since: is not a field of this input/],
    [{ dataset: 'orders', all: true, from: '1' }, /all: reads the whole table; leave out from and to/],
  ])('of a wrong input, %j, fails with a sentence', async (input, message) => {
    const result = await extractWorld().run(input)
    expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInputError', cause: expect.stringMatching(message) })
  })
})
