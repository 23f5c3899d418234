import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { brokenPromises } from './model/promises.ts'
import { play, redriveAll, schedules } from './model/schedule.ts'

const RUNS = Number(process.env.SLUICE_SCHEDULES ?? 10_000)

describe('the intake protocol', () => {
  it(
    `keeps its promises in ${RUNS} schedules of bad weather`,
    async () => {
      await fc.assert(
        fc.asyncProperty(schedules, async (schedule) => {
          const world = await play(schedule)
          expect(await brokenPromises(world, { redriven: false })).toEqual([])
          await redriveAll(world)
          expect(await brokenPromises(world, { redriven: true })).toEqual([])
        }),
        {
          numRuns: RUNS,
          endOnFailure: process.env.SLUICE_SHRINK === '0',
          ...(process.env.SLUICE_SEED && { seed: Number(process.env.SLUICE_SEED) }),
        },
      )
    },
    24 * 3_600_000,
  )
})
