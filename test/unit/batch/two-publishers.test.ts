import { expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import type { ObjectStore } from '../../../functions/ports/object-store.ts'
import { publishBatch } from '../../../functions/use-cases/batch/publish/publish-batch.ts'
import { noIceberg, ordersBatch, ordersManifest } from './fixtures.ts'
import { memoryLake } from './memory-lake.ts'

const FOLDER = 'curated/orders/order_date=d0/'

/** A lake whose one partition two batches publish; a publisher may stall in one copy. */
function lakeOfTwo(existing: Record<string, string> = {}) {
  const { leases } = inMemoryLedger({ now: () => new Date('2025-01-02T00:00:00Z') })
  const { lake, objects } = memoryLake(new Map(Object.entries(existing).map(([name, rows]) => [FOLDER + name, rows])))
  const present = () => [...objects.keys()].filter((key) => key.startsWith(FOLDER)).map((key) => key.slice(FOLDER.length))
  const rows = () =>
    present()
      .flatMap((name) => (objects.get(FOLDER + name) ?? '').split(','))
      .sort()
  const stage = (id: string, files: Record<string, string>, replaces: string[]) => {
    const finishedAt = `2025-01-02T00:00:0${id.at(-1)}.000Z`
    const manifest = ordersManifest(
      { 'order_date=d0': { files: Object.keys(files), replaces } },
      { batchId: id, finishedAt, quarantine: { files: [], replaces: [] } },
    )
    objects.set(`runs/orders/${id}/manifest.json`, JSON.stringify(manifest))
    for (const [name, text] of Object.entries(files)) objects.set(`staged/orders/batch_id=${id}/order_date=d0/${name}`, text)
  }
  const publish = (id: string, store: ObjectStore = lake) => {
    const execution = { id: `arn:${id}`, name: id, startTime: '2025-01-02T00:00:00.000Z' }
    const proof = { missing: async () => [] }
    return publishBatch(
      { batch: ordersBatch({ batchId: id, execution }) },
      { lake: store, leases, proof, ...noIceberg, hasTime: () => true },
    )
  }
  const stalling = (isSlow: (to: string) => boolean) => {
    let go = () => {}
    let begun = () => {}
    const stalled = new Promise<void>((resolve) => (go = resolve))
    const reached = new Promise<void>((resolve) => (begun = resolve))
    const copy: ObjectStore['copy'] = async (from, to) => {
      if (isSlow(to)) {
        begun()
        await stalled
      }
      return lake.copy(from, to)
    }
    return { store: { ...lake, copy }, go: () => go(), reached }
  }
  return { leases, present, rows, stage, publish, stalling }
}

// Step Functions invokes the function again when the answer of the first invocation is lost; both are of one execution.
it('a publisher that was outrun cannot bring back what a later batch has replaced', async () => {
  const { leases, present, rows, stage, publish, stalling } = lakeOfTwo()
  stage('orders-b1', { 'orders-b1-0.parquet': 'key1=v1' }, [])
  const { store, go, reached } = stalling(() => true)
  const outrun = publish('orders-b1', store)
  await reached
  await publish('orders-b1')
  await leases.release('orders', 'arn:orders-b1')
  stage('orders-b2', { 'orders-b2-0.parquet': 'key1=v2' }, present())
  await publish('orders-b2')
  go()
  await expect(outrun).rejects.toMatchObject({ name: 'LeaseUnavailableError' })
  expect(rows()).toEqual(['key1=v2'])
  expect(await leases.publishers('orders')).toEqual([])
})

it('an outrun publisher takes back no file of the publisher that outran it', async () => {
  const { rows, stage, publish, stalling } = lakeOfTwo()
  stage('orders-b1', { 'orders-b1-0.parquet': 'key1=v1' }, [])
  const { store, go, reached } = stalling(() => true)
  const outrun = publish('orders-b1', store)
  await reached
  await publish('orders-b1')
  go()
  await expect(outrun).rejects.toMatchObject({ name: 'LeaseUnavailableError' })
  expect(rows()).toEqual(['key1=v1'])
})

// To stop an execution does not stop the function that it has invoked.
it('the publisher of a stopped execution cannot add to what a later batch has published', async () => {
  const { leases, present, rows, stage, publish, stalling } = lakeOfTwo({ 'orders-b0-0-0badcafe.parquet': 'key1=v1,key2=v1' })
  stage('orders-b1', { 'orders-b1-0.parquet': 'key1=v1', 'orders-b1-1.parquet': 'key2=v1' }, ['orders-b0-0-0badcafe.parquet'])
  const { store, go, reached } = stalling((to) => to.includes('-b1-1-'))
  const stopped = publish('orders-b1', store)
  await reached
  await leases.release('orders', 'arn:orders-b1')
  // The next batch reads the existing files: b0, and half of b1.
  stage('orders-b2', { 'orders-b2-0.parquet': 'key1=v1,key2=v2' }, present())
  await publish('orders-b2')
  go()
  await expect(stopped).rejects.toMatchObject({ name: 'LeaseUnavailableError' })
  expect(rows()).toEqual(['key1=v1', 'key2=v2'])
})
