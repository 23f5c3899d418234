import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { expectedJobSeconds, type JobTime, withJobTime } from '../../../functions/domain/batch/job-times.ts'
import type { Metric } from '../../../functions/ports/telemetry.ts'
import { recordMetrics } from '../../../functions/use-cases/batch/record-metrics.ts'
import { watchElapsed } from '../../../functions/use-cases/batch/watch-elapsed.ts'
import { EXECUTION, ordersBatch, ordersManifest } from './fixtures.ts'
import { memoryLake } from './memory-lake.ts'

const times = (...seconds: number[]): JobTime[] => seconds.map((each, n) => ({ batchId: `b${n}`, source: 'landings', seconds: each }))
const next = { batchId: 'next', source: 'landings' } as const
const NOW = new Date('2025-01-02T12:00:00Z')
const clock = { now: () => NOW }
const secondsAgo = (seconds: number) => new Date(NOW.getTime() - seconds * 1000)

describe('what a job takes as a rule', () => {
  it('is the median of the others, once five are known', () => {
    expect(expectedJobSeconds(times(300, 900, 500, 10_000), next)).toBeUndefined()
    expect(expectedJobSeconds(times(300, 900, 500, 10_000, 400), next)).toBe(500)
    expect(expectedJobSeconds(times(300, 900, 500, 10_000, 400, 600), next)).toBe(550)
    expect(expectedJobSeconds(times(300, 900, 500, 10_000, 400), { ...next, batchId: 'b1' }), 'itself does not count').toBeUndefined()
  })

  it('is never less than a job needs to get ready', () => {
    expect(expectedJobSeconds(times(20, 20, 20, 20, 20), next)).toBe(120)
  })

  it('is that of batches of the same source, which others do not push out', () => {
    let known = times(300, 300, 300, 300, 300)
    for (let chunk = 0; chunk < 50; chunk += 1) known = withJobTime(known, { batchId: `chunk${chunk}`, source: 'raw', seconds: 7200 })
    expect(known).toHaveLength(25)
    expect(expectedJobSeconds(known, next)).toBe(300)
    expect(expectedJobSeconds(known, { batchId: 'chunk50', source: 'raw' })).toBe(7200)
  })

  it('counts a batch that was run again once, by its newest time', () => {
    expect(withJobTime(times(1, 2), { batchId: 'b0', source: 'landings', seconds: 3 })).toEqual([
      { batchId: 'b1', source: 'landings', seconds: 2 },
      { batchId: 'b0', source: 'landings', seconds: 3 },
    ])
  })
})

function world() {
  const put: Metric[] = []
  const ledger = inMemoryLedger(clock)
  return { ...ledger, put, clock, settings: {}, metrics: { put: async (_: string, values: Metric[]) => void put.push(...values) } }
}

describe('a job that took long', () => {
  it('is reported by its ratio to the median, and remembered', async () => {
    const { jobTimes, metrics, put } = world()
    const manifest = { ...ordersManifest(), source: 'landings', startedAt: secondsAgo(900).toISOString(), finishedAt: NOW.toISOString() }
    const { lake } = memoryLake(new Map([['runs/orders/orders-b1/manifest.json', JSON.stringify(manifest)]]))
    await jobTimes.write('orders', times(300, 300, 300, 300, 300))
    // A retry of the state measures the same.
    for (const _ of [1, 2]) await recordMetrics({ batch: ordersBatch(), failed: false }, { lake, jobTimes, metrics, clock })
    const ratios = put.filter(({ name }) => name === 'JobElapsedRatio')
    expect(ratios).toEqual([3, 3].map((value) => ({ name: 'JobElapsedRatio', value, unit: 'None' })))
    expect((await jobTimes.read('orders')).at(-1)).toEqual({ batchId: 'orders-b1', source: 'landings', seconds: 900 })
    expect(await jobTimes.read('orders')).toHaveLength(6)
  })
})

describe('a job that still runs', () => {
  async function watched(batchAge: number, runAge: number | undefined, known = times(300, 300, 300, 300, 300)) {
    const { put, ...rest } = world()
    let looks = 0
    const live = async () => {
      looks += 1
      return [{ id: 'jr', stopping: false, ...(runAge !== undefined && { runningSince: secondsAgo(runAge) }) }]
    }
    await rest.jobTimes.write('orders', known)
    const row = { dataset: 'orders', batchId: 'now', executionArn: EXECUTION.id, executions: 1, redrives: 0, input: '{}', revision: 0 }
    await rest.batches.save({ ...row, source: 'landings', status: 'running', startedAt: secondsAgo(batchAge).toISOString() })
    await watchElapsed('orders', { ...rest, jobRuns: { live, stop: async () => {} } })
    return { ratios: put.map(({ value }) => value), looks }
  }

  it('is reported as soon as it exceeds twice the median', async () => {
    expect(await watched(1000, 750)).toEqual({ ratios: [2.5], looks: 1 })
  })

  it('is not looked for in a batch that is younger than that, or while too little is known', async () => {
    expect(await watched(600, 590)).toEqual({ ratios: [], looks: 0 })
    expect(await watched(9000, 9000, times(300))).toEqual({ ratios: [], looks: 0 })
  })

  it('is not long because its batch waited, for the lease or for capacity', async () => {
    expect(await watched(9000, 60)).toEqual({ ratios: [0.2], looks: 1 })
    expect(await watched(9000, undefined)).toEqual({ ratios: [], looks: 1 })
  })
})
