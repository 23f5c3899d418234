import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dueAt } from '../../../functions/domain/batch/lateness.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { watchLateness } from '../../../functions/use-cases/batch/watch-lateness.ts'
import { ORDERS } from '../contract/orders.ts'
import { calmWorld } from '../intake/calm-world.ts'

const due = (expectation: Parameters<typeof dueAt>[0], last: string) => dueAt(expectation, new Date(last)).toISOString()

describe('the next batch is due', () => {
  it.each([
    ['1 hour', '2025-03-01T10:20:00.000Z', '2025-03-01T11:20:00.000Z'],
    ['45 minutes', '2025-03-01T10:20:00.000Z', '2025-03-01T11:05:00.000Z'],
    ['2 days', '2025-03-01T10:20:00.000Z', '2025-03-03T10:20:00.000Z'],
  ])('%s after the last one', (every, last, next) => {
    expect(due({ every }, last)).toBe(next)
  })

  it.each([
    ['in time', '2025-03-01T05:30:00Z', '2025-03-02T06:00:00.000Z'],
    ['late for its day', '2025-03-01T08:00:00Z', '2025-03-02T06:00:00.000Z'],
    ['early, on the evening before', '2025-03-01T23:00:00Z', '2025-03-03T06:00:00.000Z'],
  ])('the day after the time that the last one was for: %s', (_, last, next) => {
    expect(due({ every: '1 day', by: '06:00' }, last)).toBe(next)
  })

  it.each([
    // Clocks go forward on 30 March 2025 and back on 26 October 2025.
    ['2025-03-29T04:50:00Z', '2025-03-30T04:00:00.000Z'],
    ['2025-03-30T03:50:00Z', '2025-03-31T04:00:00.000Z'],
    ['2025-10-25T03:50:00Z', '2025-10-26T05:00:00.000Z'],
    ['2025-10-26T04:50:00Z', '2025-10-27T05:00:00.000Z'],
  ])('at the same time of the day when the clocks change: after %s', (last, next) => {
    expect(due({ every: '1 day', by: '06:00', time_zone: 'Europe/Berlin' }, last)).toBe(next)
  })

  it('always later than the last one, and for batches that keep to it always a day later', () => {
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia')
    const by = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '30', '59'))
      .map(([hour, minute]) => `${`${hour}`.padStart(2, '0')}:${minute}`)
    const last = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(zone, by, last, (time_zone, at, when) => {
        const next = dueAt({ every: '1 day', by: at, time_zone }, when)
        expect(next.getTime()).toBeGreaterThan(when.getTime())
        expect(next.getTime() - when.getTime()).toBeLessThanOrEqual(38 * 3_600_000)
        const day = dueAt({ every: '1 day', by: at, time_zone }, next).getTime() - next.getTime()
        expect(Math.abs(day - 86_400_000)).toBeLessThanOrEqual(3_600_000)
      }),
    )
  })
})

describe('a contract', () => {
  const problems = (text: string) => {
    const parsed = parseContract(`${ORDERS}${text}\n`, 'orders.yml', 'orders')
    return parsed.ok ? [] : parsed.problems.map(({ field, message }) => `${field}: ${message}`)
  }
  it.each([
    ['expect: { every: 1 day, by: "06:00", time_zone: Europe/Berlin }', []],
    ['expect: { every: 15 minutes }', []],
    ['expect: { every: 10 minutes }', ['expect.every: must be at least 15 minutes, which is how often Sluice looks']],
    ['expect: { every: daily }', ['expect.every: is a number with minutes, hours or days, such as 1 day']],
    ['expect: { every: 1 day, by: "6:00" }', ['expect.by: is a time of the day in quotes, such as "06:00"']],
    ['expect: { every: 6 hours, by: "06:00" }', ['expect.every: must be in days, since by is a time of the day']],
    [
      'expect: { every: 1 day, by: "06:00", time_zone: Berlin }',
      ['expect.time_zone: is a name of the IANA time zone database, such as Europe/Berlin'],
    ],
    ['expect: { every: 1 day, time_zone: UTC }', ['expect.time_zone: needs by: it is the time zone of that time']],
  ])('is told what is wrong with %s', (text, expected) => {
    expect(problems(text)).toEqual(expected)
  })
})

describe('a sweep', () => {
  async function swept({
    batches,
    now,
    every = '1 day',
  }: {
    batches: [string, 'raw' | 'backfill', 'succeeded' | 'failed'][]
    now: string
    every?: string
  }) {
    const { intake, alerts } = calmWorld()
    const [contract] = await intake.contracts.all()
    for (const [closedAt, source, status] of batches) {
      const batchId = `orders-${closedAt.replaceAll(/[-:]/g, '').slice(0, 15)}Z-00000000`
      const rest = { executionArn: 'arn', executions: 1, redrives: 0, input: '{}', startedAt: closedAt, revision: 0 }
      await intake.batches.save({ dataset: 'orders', batchId, source, status, closedAt, ...rest })
    }
    const world = { ...intake, clock: { now: () => new Date(now) } }
    await watchLateness({ ...(contract as NonNullable<typeof contract>), expect: { every } }, world)
    return alerts
  }

  it('reports a table of which nothing new was published in time', async () => {
    expect(await swept({ batches: [['2025-03-01T10:00:00.000Z', 'raw', 'succeeded']], now: '2025-03-02T10:01:00Z' })).toEqual([
      'late orders 2025-03-02T10:00:00.000Z',
    ])
  })

  it('counts neither backfills nor batches that failed', async () => {
    const batches: [string, 'raw' | 'backfill', 'succeeded' | 'failed'][] = [
      ['2025-03-01T10:00:00.000Z', 'raw', 'succeeded'],
      ['2025-03-02T09:00:00.000Z', 'backfill', 'succeeded'],
      ['2025-03-02T09:30:00.000Z', 'raw', 'failed'],
    ]
    expect(await swept({ batches, now: '2025-03-02T10:01:00Z' })).toHaveLength(1)
  })

  it('is silent in time, and before the first batch', async () => {
    expect(await swept({ batches: [['2025-03-01T10:00:00.000Z', 'raw', 'succeeded']], now: '2025-03-02T10:00:00Z' })).toEqual([])
    expect(await swept({ batches: [], now: '2025-03-02T10:00:00Z' })).toEqual([])
  })
})
