import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { runOf } from '../../../functions/domain/batch/publish/publication.ts'
import { StaleBatchError } from '../../../functions/domain/errors.ts'
import { manifestKey } from '../../../functions/domain/names.ts'
import { publishBatch } from '../../../functions/use-cases/batch/publish/publish-batch.ts'
import { mendPublications } from '../../../functions/use-cases/intake/mend-publications.ts'
import { noIceberg, ordersBatch, ordersManifest, type StagedPartition } from './fixtures.ts'
import { memoryLake } from './memory-lake.ts'

const withoutToken = (key: string) => key.replace(/-[0-9a-f]{8}(?=\.parquet$)/, '')

class Crash extends Error {
  override readonly name = 'Crash'
}
const MINUTE = 60_000

/** Partitions d0 and d1 hold two files of batch b0 each; each batch is staged over the existing rows. */
function lakeOfBatches() {
  let now = Date.parse('2025-01-02T00:00:00Z')
  let untilKilled = Number.POSITIVE_INFINITY
  const clock = { now: () => new Date(now) }
  const { leases } = inMemoryLedger(clock)
  /** Copies that S3 was asked for by a function that died, and has not done. */
  const asked = new Map<string, string>()
  const killer = (_moment: string, call: string) => {
    if (untilKilled-- > 0) return
    const copied = call.startsWith('copy ') ? call.slice('copy '.length) : undefined
    if (copied !== undefined) asked.set(copied, objects.get(stagedKeys.get(withoutToken(copied)) ?? '') ?? '')
    throw new Crash('killed')
  }
  /** By the key that the file is published under, but for its token. */
  const stagedKeys = new Map<string, string>()
  const { lake, objects, copiedAt } = memoryLake(new Map(), killer, clock)
  const folders = ['curated/orders/order_date=d0/', 'curated/orders/order_date=d1/']
  for (const folder of folders) {
    objects.set(`${folder}orders-b0-0-0badcafe.parquet`, 'a=0')
    objects.set(`${folder}orders-b0-1-0badcafe.parquet`, 'b=0')
  }
  const present = (folder: string) => [...objects.keys()].filter((key) => key.startsWith(folder)).map((key) => key.slice(folder.length))
  const rows = (folder: string) =>
    present(folder)
      .flatMap((name) => (objects.get(folder + name) as string).split(',').map((row) => row.trim()))
      .sort()
  const alerts: string[] = []
  const alert = {
    publicationCutOff: async ({ doubled }: { doubled: { folder: string }[] }) => void alerts.push(...doubled.map(({ folder }) => folder)),
    publicationMended: async () => void alerts.push('mended'),
  }
  return {
    objects,
    folders,
    rows,
    leases,
    alerts,
    later: (minutes: number) => {
      now += minutes * MINUTE
    },
    /** Lets S3 do so many of the copies that were asked for. */
    land(copies: number) {
      for (const [key, text] of [...asked].slice(0, copies)) {
        asked.delete(key)
        objects.set(key, text)
        copiedAt.set(key, clock.now())
      }
    },
    /** Files are numbered through all partitions, as the job does. */
    curate(id: string, { run = 0, filesAFolder = 2 } = {}) {
      let number = 0
      const partitions = folders.map((folder): [string, StagedPartition] => [
        folder.slice('curated/orders/'.length, -1),
        { files: Array.from({ length: filesAFolder }, () => `${id}-${number++}.parquet`), replaces: present(folder) },
      ])
      const finishedAt = new Date(now + run).toISOString()
      const manifest = ordersManifest(Object.fromEntries(partitions), {
        batchId: id,
        finishedAt,
        quarantine: { files: [], replaces: [] },
      })
      objects.set(`runs/orders/${id}/manifest.json`, JSON.stringify(manifest))
      for (const { files: staged } of manifest.partitions) {
        const written = ['a', 'b'].map((row) => `${row}=${id.at(-1)}${run === 0 ? '' : ` again ${run}`}`)
        const texts = staged.length === 1 ? [written.join(',')] : written
        for (const [n, { key, bytes }] of staged.entries()) {
          objects.set(key, (texts[n] as string).padEnd(bytes))
          stagedKeys.set(key.replace(`staged/orders/batch_id=${id}/`, 'curated/orders/'), key)
        }
      }
    },
    /** As a redrive does before it starts the batch anew. */
    keepManifest(id: string) {
      const text = objects.get(manifestKey('orders', id)) as string
      objects.set(manifestKey('orders', id, runOf(JSON.parse(text))), text)
    },
    async publish(id: string, calls = Number.POSITIVE_INFINITY) {
      untilKilled = calls
      const execution = { id: `arn:${id}`, name: id, startTime: '2025-01-02T00:00:00.000Z' }
      const deps = { lake, leases, proof: { missing: async () => [] }, ...noIceberg, hasTime: () => true }
      const done = await publishBatch({ batch: ordersBatch({ batchId: id, execution }) }, deps).then(
        () => true,
        (error) => {
          if (error instanceof Crash || error instanceof StaleBatchError) return false
          throw error
        },
      )
      untilKilled = Number.POSITIVE_INFINITY
      await leases.release('orders', `arn:${id}`)
      return done
    },
    mend: () => mendPublications('orders', { leases, lake, counters: { count: () => {} }, alerts: alert as never, clock, settings: {} }),
  }
}

describe('the sweep', () => {
  it('leaves each row once where publishers were cut off for good, one after another', async () => {
    const calls = fc.integer({ min: 0, max: 40 })
    const filesAFolder = fc.integer({ min: 1, max: 2 })
    /** How many copies of functions that died S3 does meanwhile. */
    const land = fc.constantFrom(0, 0, 1, 2, 9)
    const again = fc.record({ how: fc.constantFrom('published', 'curated', 'both'), calls, filesAFolder, land })
    const attempts = fc.array(fc.record({ calls, filesAFolder, land, again: fc.array(again, { maxLength: 3 }) }), {
      minLength: 1,
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(attempts, async (some) => {
        const world = lakeOfBatches()
        for (const [n, first] of some.entries()) {
          const batchId = `orders-b${n + 1}`
          world.curate(batchId, first)
          await world.publish(batchId, first.calls)
          world.later(1)
          world.land(first.land)
          for (const [run, next] of first.again.entries()) {
            if (next.how !== 'published') {
              world.keepManifest(batchId)
              world.curate(batchId, { run: run + 1, filesAFolder: next.filesAFolder })
            }
            if (next.how !== 'curated') await world.publish(batchId, next.calls)
            world.later(1)
            world.land(next.land)
          }
        }
        world.later(30)
        await world.mend()
        for (const folder of world.folders) {
          const [a, b, ...more] = world.rows(folder)
          expect(more, folder).toEqual([])
          // Both of one batch.
          expect([a?.slice(0, 2), b?.slice(0, 2)]).toEqual(['a=', 'b='])
          expect(a?.slice(2)).toBe(b?.slice(2))
        }
        expect(await world.leases.publishers('orders')).toEqual([])
        expect(world.alerts.filter((alert) => alert !== 'mended')).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('waits until a publisher can no longer be at work, and while a batch has the lease', async () => {
    const world = lakeOfBatches()
    world.curate('orders-b1')
    // Killed after its first copy.
    expect(await world.publish('orders-b1', 8)).toBe(false)
    const before = new Map(world.objects)
    world.later(10)
    await world.mend()
    expect(world.objects).toEqual(before)
    world.later(20)
    await world.leases.acquire('orders', 'arn:orders-b2', 345_600)
    await world.mend()
    expect(world.objects).toEqual(before)
    expect(world.alerts).toEqual([])
    // Where one batch follows another for hours, people hear of it.
    world.later(360)
    await world.mend()
    expect(world.alerts).toEqual([world.folders[0]])
    await world.leases.release('orders', 'arn:orders-b2')
    await world.mend()
    expect(world.rows(world.folders[0] as string)).toEqual(['a=0', 'b=0'])
    expect(world.alerts.at(-1)).toBe('mended')
  })

  it('reports a batch that it cannot judge, because the batch was curated again and no earlier manifest was kept', async () => {
    const world = lakeOfBatches()
    world.curate('orders-b1')
    expect(await world.publish('orders-b1', 8)).toBe(false)
    world.curate('orders-b1', { run: 1 })
    world.later(30)
    await world.mend()
    expect(world.alerts).toEqual([world.folders[0]])
    // The redrive publishes, and all is well.
    await world.publish('orders-b1')
    world.later(30)
    await world.mend()
    expect(world.rows(world.folders[0] as string)).toEqual(['a=1 again 1', 'b=1 again 1'])
    expect(world.alerts.at(-1)).toBe('mended')
  })
})
