import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planPublication } from '../../../functions/domain/publication.ts'
import { publishBatch } from '../../../functions/use-cases/publish-batch.ts'
import { ordersBatch, ordersManifest, type StagedPartition } from './fixtures.ts'
import { memoryLake } from './memory-lake.ts'

class Crash extends Error {
  override readonly name = 'Crash'
}
const freeLease = { acquire: async (_: string, owner: string) => ({ acquired: true, owner, expiresAt: '' }) }

const proof = {
  missing: async (_: string, partitions: Record<string, string>[]) => partitions.filter((partition) => partition.order_date !== 'd0'),
}

interface Step {
  partition: string
  /** Row keys by file, as they stand, and as they are staged: the same rows and more, cut otherwise. */
  standing: string[][]
  staged: string[][]
}

/** A lake with curated files of an earlier batch, and a batch staged to replace them. */
function stagedLake(steps: Step[], standingBatch: string, onCall?: Parameters<typeof memoryLake>[1]) {
  const manifest = ordersManifest(
    Object.fromEntries(
      steps.map(({ partition, standing, staged }): [string, StagedPartition] => [
        partition,
        {
          files: staged.map((_, n) => `orders-b1-${n}.parquet`),
          replaces: standing.map((_, n) => `${standingBatch}-${n}-0badcafe.parquet`),
        },
      ]),
    ),
    {
      quarantine: {
        files: [{ key: 'quarantine/orders/month=2025-01/new.parquet', bytes: 1 }],
        replaces: ['quarantine/orders/month=2025-01/old.parquet'],
      },
    },
  )
  const objects = new Map([
    ['runs/orders/orders-b1/manifest.json', JSON.stringify(manifest)],
    ['quarantine/orders/month=2025-01/old.parquet', 'old'],
    ['quarantine/orders/month=2025-01/new.parquet', 'new'],
    ['curated/orders/order_date=untouched/orders-b0-0.parquet', 'z'],
  ])
  steps.forEach(({ standing, staged }, index) => {
    const { files, replaces } = manifest.partitions[index] ?? { files: [], replaces: [] }
    standing.forEach((rows, n) => void objects.set(replaces[n] ?? '', rows.join()))
    staged.forEach((rows, n) => void objects.set(files[n]?.key ?? '', rows.join()))
  })
  return { manifest, ...memoryLake(objects, onCall) }
}
const rowsIn = (objects: Map<string, string>, folder: string) =>
  [...objects].filter(([key]) => key.startsWith(folder)).flatMap(([, text]) => text.split(',').filter(Boolean))

const someRows = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom(...'abcdefgh') }), {
  minLength: 1,
  maxLength: 8,
})
const cut = (rows: string[], files: number) =>
  Array.from({ length: Math.min(files, rows.length) }, (_, n) => rows.filter((__, index) => index % Math.min(files, rows.length) === n))
const aStep = fc.record({
  old: someRows,
  added: someRows,
  oldFiles: fc.integer({ min: 1, max: 3 }),
  newFiles: fc.integer({ min: 1, max: 3 }),
})

describe('publish-batch', () => {
  it('gives the right table wherever it is cut off, and never shows fewer rows than before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(aStep, { minLength: 1, maxLength: 4 }),
        // The earlier batch may have been this very one, curated anew.
        fc.constantFrom('orders-b0', 'orders-b1'),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 }),
        fc.boolean(),
        async (parts, standingBatch, crashes, keepsCursor) => {
          const steps = parts.map(({ old, added, oldFiles, newFiles }, n): Step => {
            const merged = [...new Set([...old, ...added])].reverse()
            return { partition: `order_date=d${n}`, standing: cut(old, oldFiles), staged: cut(merged, newFiles) }
          })
          let untilCrash = Number.POSITIVE_INFINITY
          const world = stagedLake(steps, standingBatch, () => {
            for (const { partition, standing } of steps) {
              const visible = new Set(rowsIn(objects, `curated/orders/${partition}/`))
              for (const row of standing.flat()) expect(visible.has(row), `${row} of ${partition} is gone`).toBe(true)
            }
            if (untilCrash-- <= 0) throw new Crash('killed')
          })
          const { lake, objects, manifest } = world
          let cursor: number | null = null
          for (const crash of [...crashes, Number.POSITIVE_INFINITY]) {
            untilCrash = crash
            try {
              let state: { done: boolean; cursor: number }
              do {
                state = await publishBatch({ batch: ordersBatch(), cursor }, { lake, leases: freeLease, proof, hasTime: () => false })
                cursor = state.cursor
              } while (!state.done)
            } catch (error) {
              if (!(error instanceof Crash)) throw error
              if (!keepsCursor) cursor = null
              // Copies in flight when one failed go on for a moment, as they do on AWS.
              await new Promise((resolve) => setImmediate(resolve))
            }
          }
          for (const { partition, staged } of steps) {
            expect(rowsIn(objects, `curated/orders/${partition}/`).sort()).toEqual(staged.flat().sort())
          }
          const targets = planPublication(manifest).flatMap(({ copies }) => copies.map((copy) => copy.to))
          const curated = [...objects.keys()].filter((key) => key.startsWith('curated/'))
          expect(curated.sort()).toEqual([...targets, 'curated/orders/order_date=untouched/orders-b0-0.parquet'].sort())
          expect([...objects.keys()].filter((key) => key.startsWith('quarantine/'))).toEqual([
            'quarantine/orders/month=2025-01/new.parquet',
          ])
        },
      ),
      { numRuns: 250 },
    )
  })

  it('refuses to undo what another batch published in between', async () => {
    const { lake, objects } = stagedLake([{ partition: 'order_date=d0', standing: [['a']], staged: [['a', 'b']] }], 'orders-b0')
    objects.set('curated/orders/order_date=d0/orders-b9-0-11111111.parquet', 'c')
    const before = new Map(objects)
    await expect(publishBatch({ batch: ordersBatch() }, { lake, leases: freeLease, proof, hasTime: () => true })).rejects.toMatchObject({
      name: 'StaleBatchError',
    })
    expect(objects).toEqual(before)
  })

  it('passes over what holds no rows', async () => {
    const { lake, objects } = stagedLake([{ partition: 'order_date=d0', standing: [['a']], staged: [['a', 'b']] }], 'orders-b0')
    objects.set('curated/orders/order_date=d0/_SUCCESS', '')
    objects.set('curated/orders/order_date=d0/', '')
    expect(await publishBatch({ batch: ordersBatch() }, { lake, leases: freeLease, proof, hasTime: () => true })).toMatchObject({
      done: true,
    })
  })

  it('touches nothing without the lease', async () => {
    const { lake, objects } = stagedLake([{ partition: 'order_date=d0', standing: [['a']], staged: [['b']] }], 'orders-b0')
    const before = new Map(objects)
    const leases = { acquire: async () => ({ acquired: false, owner: 'arn:other', expiresAt: '' }) }
    await expect(publishBatch({ batch: ordersBatch() }, { lake, leases, proof, hasTime: () => true })).rejects.toMatchObject({
      name: 'LeaseUnavailableError',
    })
    expect(objects).toEqual(before)
  })

  it('stops when its time is nearly up and goes on from its cursor', async () => {
    const steps = [...Array(600).keys()].map((n): Step => ({ partition: `order_date=d${n}`, standing: [], staged: [[`r${n}`]] }))
    const { lake, objects } = stagedLake(steps, 'orders-b0')
    const first = await publishBatch({ batch: ordersBatch() }, { lake, leases: freeLease, proof, hasTime: () => false })
    expect(first).toEqual({ done: false, cursor: 256, partitions: 600, crawlNeeded: false })
    const second = await publishBatch(
      { batch: ordersBatch(), cursor: first.cursor },
      { lake, leases: freeLease, proof, hasTime: () => true },
    )
    expect(second).toMatchObject({ done: true, cursor: 600 })
    expect([...objects.keys()].filter((key) => key.startsWith('curated/'))).toHaveLength(601)
  })

  it('asks for a crawl when readers need one', async () => {
    const crawlNeeded = async (partition: string, crawl: 'always' | 'new-partitions') => {
      const { lake } = stagedLake([{ partition, standing: [], staged: [['a']] }], 'orders-b0')
      const curatedProof = {
        missing: async (table: string, some: Record<string, string>[]) => (table === 'orders' ? proof.missing(table, some) : []),
      }
      const deps = { lake, leases: freeLease, proof: curatedProof, hasTime: () => true }
      return (await publishBatch({ batch: ordersBatch({ crawl }) }, deps)).crawlNeeded
    }
    expect(await crawlNeeded('order_date=d0', 'always')).toBe(true)
    expect(await crawlNeeded('order_date=d0', 'new-partitions')).toBe(false)
    expect(await crawlNeeded('order_date=d1', 'new-partitions')).toBe(true)
  })
})
