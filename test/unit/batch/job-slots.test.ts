import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { waitingSlots } from '../../../functions/domain/batch/job-slots.ts'
import type { ExecutionStatus, Executions } from '../../../functions/ports/executions.ts'
import { freeJobSlot } from '../../../functions/use-cases/batch/free-job-slot.ts'
import { takeJobSlot } from '../../../functions/use-cases/batch/take-job-slot.ts'
import { sweepJobSlots } from '../../../functions/use-cases/intake/sweep-job-slots.ts'
import { EXECUTION, ordersBatch } from './fixtures.ts'

/** A stage whose batches take turns at the job. Each dataset has one execution at a time, since its lease comes before its slot. */
function stage(most: number) {
  let now = Date.UTC(2025, 0, 1)
  const clock = { now: () => new Date(now) }
  const { jobSlots } = inMemoryLedger(clock)
  const statuses = new Map<string, ExecutionStatus>()
  const executions: Pick<Executions, 'describe'> = {
    describe: async (arn: string) => {
      const status = statuses.get(arn)
      return status && { arn, name: '', status, input: '', startedAt: '', redrives: 0, redrivable: false }
    },
  }
  const counters = { count: () => {} }
  const batchOf = (dataset: string, id: string) => ({ batch: ordersBatch({ dataset, execution: { ...EXECUTION, id } }) })
  let executionsBegun = 0
  /** The newest execution of each dataset, if it lives; which of them run the job now; in which order they first asked. */
  const live = new Map<string, string>()
  const running = new Set<string>()
  const asked: string[] = []
  return {
    jobSlots,
    live,
    running,
    /** Live owners that wait, longest first. */
    queue: () => asked.filter((owner) => [...live.values()].includes(owner) && !running.has(owner)),
    begin(dataset: string) {
      if (live.has(dataset)) return
      executionsBegun += 1
      const owner = `arn:${dataset}:${executionsBegun}`
      statuses.set(owner, 'RUNNING')
      live.set(dataset, owner)
    },
    async ask(dataset: string) {
      const owner = live.get(dataset)
      if (owner === undefined) return undefined
      now += 1
      if (!asked.includes(owner)) asked.push(owner)
      const { taken } = await takeJobSlot(batchOf(dataset, owner), { jobSlots, settings: { maxJobRuns: most } })
      if (taken) running.add(owner)
      return taken
    },
    /** The execution ends, and with it its run; a crash tells the ledger nothing. */
    async end(dataset: string, how: 'free' | 'crash') {
      const owner = live.get(dataset)
      if (owner === undefined) return
      now += 1
      if (how === 'free') await freeJobSlot(batchOf(dataset, owner), { jobSlots })
      statuses.set(owner, how === 'free' ? 'SUCCEEDED' : 'ABORTED')
      live.delete(dataset)
      running.delete(owner)
    },
    /** An event about an execution comes late, or again. */
    lateEvent: (dataset: string, owner: string, stoppedAt: string) => jobSlots.free(dataset, owner, stoppedAt),
    now: () => clock.now().toISOString(),
    sweep: () => sweepJobSlots({ jobSlots, executions: executions as Executions, counters, clock, settings: {} }),
  }
}

const DATASETS = ['a', 'b', 'c', 'd', 'e', 'f']
const step = fc.record({
  dataset: fc.constantFrom(...DATASETS),
  does: fc.oneof(
    { weight: 4, arbitrary: fc.constant('ask' as const) },
    { weight: 3, arbitrary: fc.constant('begin' as const) },
    { weight: 2, arbitrary: fc.constant('free' as const) },
    { weight: 1, arbitrary: fc.constant('crash' as const) },
    { weight: 1, arbitrary: fc.constant('sweep' as const) },
  ),
})
const runs = Number(process.env.SLUICE_PROPERTY_RUNS ?? 200)

describe('job slots', () => {
  it('let no more than their number run, give each its turn in order, and lose none to a crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 80 }), async (most, steps) => {
        const world = stage(most)
        for (const { dataset, does } of steps) {
          if (does === 'begin') world.begin(dataset)
          if (does === 'free' || does === 'crash') await world.end(dataset, does)
          if (does === 'sweep') await world.sweep()
          if (does === 'ask') {
            const owner = world.live.get(dataset)
            const ahead = world.queue().indexOf(owner ?? '')
            const had = world.running.has(owner ?? '')
            // One that asks first time comes last.
            const place = ahead === -1 ? world.queue().length : ahead
            if (await world.ask(dataset)) expect(had || world.running.size - 1 + place < most).toBe(true)
          }
          expect(world.running.size).toBeLessThanOrEqual(most)
        }
        // Nothing new comes: after a sweep each that lives gets its turn, the one that waited longest first.
        await world.sweep()
        for (const dataset of world.live.keys()) await world.ask(dataset)
        for (let turn = 0; world.live.size > 0; turn += 1) {
          expect(turn).toBeLessThan(DATASETS.length)
          const before = world.queue()
          for (const [dataset, owner] of world.live) if (world.running.has(owner)) await world.end(dataset, 'free')
          for (const dataset of [...world.live.keys()].reverse()) await world.ask(dataset)
          expect(new Set(before.slice(0, most))).toEqual(new Set(before.filter((owner) => world.running.has(owner))))
          if (before.length === 0) break
        }
        expect(world.live.size).toBe(0)
        expect(await world.jobSlots.entries()).toEqual({})
      }),
      { numRuns: runs },
    )
  })

  it('of an execution that was redriven outlast a late event about its earlier end', async () => {
    const world = stage(1)
    world.begin('a')
    await world.ask('a')
    const owner = world.live.get('a') as string
    const stoppedAt = world.now()
    await world.ask('a')
    expect(await world.lateEvent('a', owner, stoppedAt)).toBe(false)
    expect(await world.lateEvent('a', owner, world.now())).toBe(true)
  })

  it('pass from a dead execution to the batch that has waited longest, and not to its own successor', async () => {
    const world = stage(1)
    for (const dataset of ['a', 'b']) world.begin(dataset)
    expect([await world.ask('a'), await world.ask('b')]).toEqual([true, false])
    await world.end('a', 'crash')
    world.begin('a')
    expect([await world.ask('a'), await world.ask('b')]).toEqual([false, true])
    expect(waitingSlots(await world.jobSlots.entries()).map(({ dataset }) => dataset)).toEqual(['a'])
  })
})
