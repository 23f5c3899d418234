import { deepStrictEqual, ok } from 'node:assert'
import fc from 'fast-check'
import { brokenPromises } from './promises.ts'
import { bursts, letDaysPass, play, redriveAll, schedules, schedulesWithoutLoss } from './schedule.ts'

/** What must hold of the intake protocol, whatever happens. `share`: of the schedules that are played for all of them. */
export const PROPERTIES = [
  {
    says: 'keeps its promises in bad weather: crashes, throttles, losses, duplicates, reorderings, failures',
    share: 0.8,
    property: fc.asyncProperty(schedules, async (schedule) => {
      const world = await play(schedule)
      deepStrictEqual(await brokenPromises(world, { redriven: false }), [])
      await redriveAll(world)
      deepStrictEqual(await brokenPromises(world, { redriven: true }), [])
      await letDaysPass(world, schedule.days)
      deepStrictEqual(await brokenPromises(world, { redriven: true, recovered: true }), [])
    }),
  },
  {
    says: 'needs no sweep when what is sent arrives: redelivery alone mends what a crash has broken',
    share: 0.15,
    property: fc.asyncProperty(schedulesWithoutLoss, async (schedule) => {
      const world = await play(schedule, { sweeps: false })
      // Received five times without success: lost to all but the sweep.
      fc.pre(world.deadLetters === 0)
      deepStrictEqual(await brokenPromises(world, { redriven: false, swept: false }), [])
    }),
  },
  {
    says: 'takes at most two crawls and two batches for objects that land together, however many',
    share: 0.05,
    property: fc.asyncProperty(bursts, async (schedule) => {
      const world = await play(schedule, { sweeps: false })
      deepStrictEqual(await brokenPromises(world, { redriven: false }), [])
      ok(world.glue.crawls.length <= 2, `${world.glue.crawls.length} crawls`)
      ok(world.executions.all.size <= 2, `${world.executions.all.size} batches`)
    }),
  },
]

/** Plays so many schedules: those of `seed`, or others each time. Throws with the shortest counterexample that it finds. */
export async function check(
  { property, share }: (typeof PROPERTIES)[number],
  schedules: number,
  seed = process.env.SLUICE_SEED,
): Promise<void> {
  await fc.assert(property as fc.IAsyncProperty<[unknown]>, {
    numRuns: Math.max(1, Math.round(schedules * share)),
    endOnFailure: process.env.SLUICE_SHRINK === '0',
    ...(seed && { seed: Number(seed) }),
  })
}
