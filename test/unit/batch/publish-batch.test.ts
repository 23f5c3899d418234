import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { publishBatch } from '../../../functions/use-cases/batch/publish/publish-batch.ts'
import { noIceberg, ordersBatch, ordersManifest, type StagedPartition } from './fixtures.ts'
import { memoryLake } from './memory-lake.ts'

class Crash extends Error {
  override readonly name = 'Crash'
}
const freeLease = inMemoryLedger({ now: () => new Date(0) }).leases

const proof = {
  missing: async (_: string, partitions: Record<string, string>[]) => partitions.filter((partition) => partition.order_date !== 'd0'),
}

interface Step {
  partition: string
  /** Row keys by file, as they exist and as they are staged: the same rows and more, in other files. */
  existing: string[][]
  staged: string[][]
}

/** A lake with curated files of an earlier batch, and a batch staged to replace them. */
function stagedLake(steps: Step[], existingBatch: string, onCall?: Parameters<typeof memoryLake>[1]) {
  const manifest = ordersManifest(
    Object.fromEntries(
      steps.map(({ partition, existing, staged }): [string, StagedPartition] => [
        partition,
        {
          files: staged.map((_, n) => `orders-b1-${n}.parquet`),
          replaces: existing.map((_, n) => `${existingBatch}-${n}-0badcafe.parquet`),
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
  steps.forEach(({ existing, staged }, index) => {
    const { files, replaces } = manifest.partitions[index] ?? { files: [], replaces: [] }
    existing.forEach((rows, n) => void objects.set(replaces[n] ?? '', rows.join()))
    staged.forEach((rows, n) => void objects.set(files[n]?.key ?? '', rows.join()))
  })
  return { manifest, ...memoryLake(objects, onCall) }
}
const rowsIn = (objects: Map<string, string>, folder: string) =>
  [...objects].filter(([key]) => key.startsWith(folder)).flatMap(([, text]) => text.split(',').filter(Boolean))

const someRows = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 1, maxLength: 8 })
const cut = (rows: string[], files: number) =>
  Array.from({ length: Math.min(files, rows.length) }, (_, n) => rows.filter((__, index) => index % Math.min(files, rows.length) === n))

describe('publish-batch', () => {
  it('gives the right table wherever it is cut off, goes on or is curated anew, and never shows fewer rows than before', async () => {
    const attempt = fc.record({
      /** Whether the job runs again first: it reads the existing rows and writes them to other files. */
      anew: fc.boolean(),
      files: fc.integer({ min: 1, max: 3 }),
      /** Calls to S3 until the function is killed. */
      calls: fc.integer({ min: 0, max: 30 }),
      keepsCursor: fc.boolean(),
    })
    const partitions = fc.array(fc.record({ old: someRows, added: someRows, files: fc.integer({ min: 1, max: 3 }) }), {
      minLength: 1,
      maxLength: 3,
    })
    await fc.assert(
      fc.asyncProperty(partitions, fc.array(attempt, { maxLength: 5 }), async (parts, attempts) => {
        const folders = parts.map((_, n) => `curated/orders/order_date=d${n}/`)
        let untilKilled = Number.POSITIVE_INFINITY
        const { lake, objects } = memoryLake(new Map(), () => {
          parts.forEach(({ old }, n) => {
            const visible = new Set(rowsIn(objects, folders[n] ?? ''))
            const gone = old.filter((row) => !visible.has(row))
            // Vitest's `expect` makes an assertion with a stack for each row: seconds of this test.
            if (gone.length > 0) expect.fail(`${gone} of ${folders[n]} are gone`)
          })
          if (untilKilled-- <= 0) throw new Crash('killed')
        })
        parts.forEach(({ old, files }, n) => {
          cut(old, files).forEach((rows, file) => void objects.set(`${folders[n]}orders-b0-${file}.parquet`, rows.join()))
        })
        objects.set('curated/orders/order_date=untouched/orders-b0-0.parquet', 'z')
        let runs = 0
        const curate = (files: number) => {
          runs += 1
          const staged = parts.map(({ added }, n) => cut([...new Set([...added, ...rowsIn(objects, folders[n] ?? '')])], files))
          const existing = folders.map((folder) =>
            [...objects.keys()].filter((key) => key.startsWith(folder)).map((key) => key.slice(folder.length)),
          )
          const manifest = ordersManifest(
            Object.fromEntries(
              staged.map((rows, n): [string, StagedPartition] => [
                `order_date=d${n}`,
                { files: rows.map((_, file) => `orders-b1-${file}.parquet`), replaces: existing[n] ?? [] },
              ]),
            ),
            { finishedAt: new Date(Date.UTC(2025, 0, 2, runs)).toISOString() },
          )
          objects.set('runs/orders/orders-b1/manifest.json', JSON.stringify(manifest))
          staged.forEach((rows, n) => {
            rows.forEach((some, file) => void objects.set(manifest.partitions[n]?.files[file]?.key ?? '', some.join()))
          })
        }
        curate(1)
        let cursor: number | null = null
        for (const { anew, files, calls, keepsCursor } of [
          ...attempts,
          { anew: false, files: 1, calls: Number.POSITIVE_INFINITY, keepsCursor: false },
        ]) {
          if (anew) curate(files)
          if (anew || !keepsCursor) cursor = null
          untilKilled = calls
          try {
            let state: { done: boolean; cursor: number }
            do {
              state = await publishBatch(
                { batch: ordersBatch(), cursor },
                { lake, leases: freeLease, proof, ...noIceberg, hasTime: () => false },
              )
              cursor = state.cursor
            } while (!state.done)
          } catch (error) {
            if (!(error instanceof Crash)) throw error
          }
          untilKilled = Number.POSITIVE_INFINITY
        }
        parts.forEach(({ old, added }, n) => {
          expect(rowsIn(objects, folders[n] ?? '').sort()).toEqual([...new Set([...old, ...added])].sort())
        })
        expect(objects.get('curated/orders/order_date=untouched/orders-b0-0.parquet')).toBe('z')
      }),
      { numRuns: 300 },
    )
  })

  it('says of a rebuild that is cut off anywhere that the table has two kinds, and of one that has ended that it has one', async () => {
    const steps = ['d1', 'd2', 'd3'].map((day) => ({ partition: `order_date=${day}`, existing: [['old']], staged: [['new']] }))
    const before = { contractVersion: 'v0', columns: { id: 'int' }, primaryKey: ['id'], partitionBy: ['order_date'] }
    const table = { ...before, contractVersion: 'v1', columns: { id: 'string' } }
    for (let cutAt = 0, wasCut = true; wasCut; cutAt += 1) {
      let calls = 0
      let armed = true
      wasCut = false
      const { manifest, lake, objects } = stagedLake(steps, 'orders-b0', () => {
        if (!armed || calls++ !== cutAt) return
        wasCut = true
        throw new Crash()
      })
      objects.set('runs/orders/orders-b1/manifest.json', JSON.stringify({ ...manifest, table: { ...table, unfinished: 'orders-b1' } }))
      objects.set('tables/orders.json', JSON.stringify(before))
      const publish = () =>
        publishBatch({ batch: ordersBatch() }, { lake, leases: freeLease, proof, ...noIceberg, hasTime: () => true, copiesAStep: 1 })
      const failure = await publish().catch((error: Error) => error)
      armed = false
      const kinds = new Set(['d1', 'd2', 'd3'].flatMap((day) => rowsIn(objects, `curated/orders/order_date=${day}/`)))
      const noted = JSON.parse(objects.get('tables/orders.json') ?? '{}')
      if (kinds.size > 1) expect(noted).toEqual({ ...table, unfinished: 'orders-b1' })
      else if (!('unfinished' in noted)) expect([...kinds]).toEqual([noted.contractVersion === 'v0' ? 'old' : 'new'])
      if (wasCut) expect(failure).toBeInstanceOf(Crash)
      await publish()
      expect(JSON.parse(objects.get('tables/orders.json') ?? '{}')).toEqual(table)
      expect(['d1', 'd2', 'd3'].map((day) => rowsIn(objects, `curated/orders/order_date=${day}/`))).toEqual([['new'], ['new'], ['new']])
    }
  })

  it('drops the quarantine that its own replaces, and keeps its own', async () => {
    const { lake, objects } = stagedLake([{ partition: 'order_date=d0', existing: [], staged: [['a']] }], 'orders-b0')
    await publishBatch({ batch: ordersBatch() }, { lake, leases: freeLease, proof, ...noIceberg, hasTime: () => true })
    expect([...objects.keys()].filter((key) => key.startsWith('quarantine/'))).toEqual(['quarantine/orders/month=2025-01/new.parquet'])
  })

  it('puts what is left of a quarantine file in its place, wherever it is cut off', async () => {
    for (let calls = 0; calls < 20; calls++) {
      let left = calls
      const { manifest, lake, objects } = stagedLake([], 'orders-b0', () => {
        if (left-- <= 0) throw new Crash('killed')
      })
      const [staged, final] = ['runs/orders/orders-b1/quarantine/', 'quarantine/orders/'].map(
        (folder) => `${folder}month=2025-01/old-without-01234567.parquet`,
      )
      manifest.quarantine.rewritten = [{ key: staged as string, bytes: 1 }]
      objects.set('runs/orders/orders-b1/manifest.json', JSON.stringify(manifest)).set(staged as string, 'left')
      const publish = () => publishBatch({ batch: ordersBatch() }, { lake, leases: freeLease, proof, ...noIceberg, hasTime: () => true })
      await publish().catch(() => {})
      const rows = () => rowsIn(objects, 'quarantine/')
      expect(rows(), `killed at call ${calls}`).toEqual(expect.arrayContaining(rows().includes('old') ? ['old'] : ['left']))
      left = Number.POSITIVE_INFINITY
      await publish()
      expect([...objects.keys()].filter((key) => key.startsWith('quarantine/'))).toEqual([
        'quarantine/orders/month=2025-01/new.parquet',
        final,
      ])
    }
  })

  it('publishes removals of keys before the partitions that they are removed from, and in their own folders', async () => {
    const steps: string[] = []
    const existing = [['a', 'b']]
    const { manifest, objects, lake } = stagedLake([{ partition: 'order_date=d1', existing, staged: [['b']] }], 'orders-b0', (_, call) => {
      steps.push(call)
    })
    const [old, staged] = [
      'tombstones/orders/order_date=d1/orders-b0-1-0badcafe.parquet',
      'runs/orders/orders-b1/tombstones/order_date=d1/orders-b1-1.parquet',
    ]
    objects.set(old, 'z').set(staged, 'z,a')
    const tombstones = [{ path: 'order_date=d1', rows: 2, files: [{ key: staged, bytes: 1 }], replaces: [old] }]
    objects.set('runs/orders/orders-b1/manifest.json', JSON.stringify({ ...manifest, tombstones }))
    await publishBatch(
      { batch: ordersBatch() },
      { lake, leases: freeLease, proof, ...noIceberg, hasTime: () => true, newToken: () => '0123abcd' },
    )
    expect(rowsIn(objects, 'tombstones/orders/order_date=d1/')).toEqual(['z', 'a'])
    expect(rowsIn(objects, 'curated/orders/order_date=d1/')).toEqual(['b'])
    expect(steps.filter((step) => step.startsWith('copy'))[0]).toMatch(/tombstones/)
  })

  it('drops what earlier batches have noted of keys only when all of a gold batch is published', async () => {
    const steps = [...Array(300).keys()].map((n): Step => ({ partition: `order_date=d${n}`, existing: [], staged: [[`r${n}`]] }))
    const { manifest, objects, lake } = stagedLake(steps, 'orders-b0')
    const [old, own] = ['keys/orders/orders-b0-0badcafe.json', 'keys/orders/orders-b1-0badcafe.json']
    objects.set(old, '{}').set(own, '{}')
    const gold = { rebuilt: 'everything', sources: {}, retires: [old] }
    objects.set('runs/orders/orders-b1/manifest.json', JSON.stringify({ ...manifest, gold }))
    const { cursor } = await publishBatch({ batch: ordersBatch() }, { lake, leases: freeLease, proof, ...noIceberg, hasTime: () => false })
    expect(objects.has(old)).toBe(true)
    await publishBatch({ batch: ordersBatch(), cursor }, { lake, leases: freeLease, proof, ...noIceberg, hasTime: () => true })
    expect([objects.has(old), objects.has(own)]).toEqual([false, true])
  })

  it('refuses to undo what another batch published in between', async () => {
    const { lake, objects } = stagedLake([{ partition: 'order_date=d0', existing: [['a']], staged: [['a', 'b']] }], 'orders-b0')
    objects.set('curated/orders/order_date=d0/orders-b9-0-11111111.parquet', 'c')
    const before = new Map(objects)
    await expect(
      publishBatch({ batch: ordersBatch() }, { lake, leases: freeLease, proof, ...noIceberg, hasTime: () => true }),
    ).rejects.toMatchObject({
      name: 'StaleBatchError',
    })
    expect(objects).toEqual(before)
  })

  it('passes over what holds no rows', async () => {
    const { lake, objects } = stagedLake([{ partition: 'order_date=d0', existing: [['a']], staged: [['a', 'b']] }], 'orders-b0')
    objects.set('curated/orders/order_date=d0/_SUCCESS', '')
    objects.set('curated/orders/order_date=d0/', '')
    expect(
      await publishBatch({ batch: ordersBatch() }, { lake, leases: freeLease, proof, ...noIceberg, hasTime: () => true }),
    ).toMatchObject({
      done: true,
    })
  })

  it('touches nothing without the lease', async () => {
    const { lake, objects } = stagedLake([{ partition: 'order_date=d0', existing: [['a']], staged: [['b']] }], 'orders-b0')
    const before = new Map(objects)
    const { leases } = inMemoryLedger({ now: () => new Date(0) })
    await leases.acquire('orders', 'arn:other', 60)
    await expect(publishBatch({ batch: ordersBatch() }, { lake, leases, proof, ...noIceberg, hasTime: () => true })).rejects.toMatchObject({
      name: 'LeaseUnavailableError',
    })
    expect(objects).toEqual(before)
  })

  it('stops when its time is nearly up and goes on from its cursor', async () => {
    const steps = [...Array(600).keys()].map((n): Step => ({ partition: `order_date=d${n}`, existing: [], staged: [[`r${n}`]] }))
    const { lake, objects } = stagedLake(steps, 'orders-b0')
    const first = await publishBatch({ batch: ordersBatch() }, { lake, leases: freeLease, proof, ...noIceberg, hasTime: () => false })
    expect(first).toEqual({ done: false, cursor: 256, partitions: 600, crawlNeeded: false })
    const second = await publishBatch(
      { batch: ordersBatch(), cursor: first.cursor },
      { lake, leases: freeLease, proof, ...noIceberg, hasTime: () => true },
    )
    expect(second).toMatchObject({ done: true, cursor: 600 })
    expect([...objects.keys()].filter((key) => key.startsWith('curated/'))).toHaveLength(601)
  })

  it('asks for a crawl when readers need one', async () => {
    const crawlNeeded = async (partition: string, crawl: 'always' | 'new-partitions') => {
      const { lake } = stagedLake([{ partition, existing: [], staged: [['a']] }], 'orders-b0')
      const curatedProof = {
        missing: async (table: string, some: Record<string, string>[]) => (table === 'orders' ? proof.missing(table, some) : []),
      }
      const deps = { lake, leases: freeLease, proof: curatedProof, ...noIceberg, hasTime: () => true }
      return (await publishBatch({ batch: ordersBatch({ crawl }) }, deps)).crawlNeeded
    }
    expect(await crawlNeeded('order_date=d0', 'always')).toBe(true)
    expect(await crawlNeeded('order_date=d0', 'new-partitions')).toBe(false)
    expect(await crawlNeeded('order_date=d1', 'new-partitions')).toBe(true)
  })
})
