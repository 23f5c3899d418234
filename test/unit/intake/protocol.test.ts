import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { brokenPromises } from './model/promises.ts'
import { bursts, letDaysPass, play, redriveAll, schedules, schedulesWithoutLoss } from './model/schedule.ts'

/** SLUICE_SCHEDULES=1000000 for a soak; SLUICE_SEED to play what failed again. */
const RUNS = Number(process.env.SLUICE_SCHEDULES ?? 1_000)
const options = (numRuns: number) => ({
  numRuns: Math.max(1, Math.round(numRuns)),
  endOnFailure: process.env.SLUICE_SHRINK === '0',
  ...(process.env.SLUICE_SEED && { seed: Number(process.env.SLUICE_SEED) }),
})
const HOURS = 3_600_000

describe('the intake protocol', () => {
  it(
    'keeps its promises in bad weather: crashes, throttles, losses, duplicates, reorderings, failures',
    async () => {
      await fc.assert(
        fc.asyncProperty(schedules, async (schedule) => {
          const world = await play(schedule)
          expect(await brokenPromises(world, { redriven: false })).toEqual([])
          await redriveAll(world)
          expect(await brokenPromises(world, { redriven: true })).toEqual([])
          await letDaysPass(world, schedule.days)
          expect(await brokenPromises(world, { redriven: true, recovered: true })).toEqual([])
        }),
        options(RUNS * 0.8),
      )
    },
    24 * HOURS,
  )

  it(
    'needs no sweep when what is sent arrives: redelivery alone mends what a crash has broken',
    async () => {
      await fc.assert(
        fc.asyncProperty(schedulesWithoutLoss, async (schedule) => {
          const world = await play(schedule, { sweeps: false })
          // Received five times without success: lost to all but the sweep.
          fc.pre(world.deadLetters === 0)
          expect(await brokenPromises(world, { redriven: false, swept: false })).toEqual([])
        }),
        options(RUNS * 0.15),
      )
    },
    24 * HOURS,
  )

  it(
    'takes at most two crawls and two batches for objects that land together, however many',
    async () => {
      await fc.assert(
        fc.asyncProperty(bursts, async (schedule) => {
          const world = await play(schedule, { sweeps: false })
          expect(await brokenPromises(world, { redriven: false })).toEqual([])
          expect(world.glue.crawls.length).toBeLessThanOrEqual(2)
          expect(world.executions.all.size).toBeLessThanOrEqual(2)
        }),
        options(RUNS * 0.05),
      )
    },
    24 * HOURS,
  )
})
