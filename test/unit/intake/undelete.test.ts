import { describe, expect, it } from 'vitest'
import type { BatchPlan } from '../../../functions/domain/batch/plan.ts'
import { isUnheard, restoredSequencer } from '../../../functions/domain/landing/landing.ts'
import { PAGES_A_RUN, pagesAllowed } from '../../../functions/domain/landing/listing-budget.ts'
import { readBatchPlan } from '../../../functions/use-cases/batch/prepare/batch-plan.ts'
import { closeBatch } from '../../../functions/use-cases/intake/close-batch.ts'
import { recordLandings } from '../../../functions/use-cases/intake/record-landings.ts'
import { startCrawl } from '../../../functions/use-cases/intake/start-crawl.ts'
import { redrive } from '../../../functions/use-cases/redrive/redrive.ts'
import { calmWorld, objectCreated, objectDeleted } from './calm-world.ts'
import { failedBatch, KEYS } from './failed-batch.ts'
import { curate } from './model/job.ts'
import { Simulation } from './model/simulation.ts'
import { FAIR_WEATHER, World } from './model/world.ts'

const MINUTE = 60_000
const KEY = 'raw/orders/day=01/part.csv'

const event = (type: string, at: number, sequencer: string, more: object, detail: object = {}) =>
  JSON.stringify({
    'detail-type': type,
    time: new Date(at).toISOString(),
    detail: { bucket: { name: 'raw-bucket' }, object: { key: KEY, sequencer, ...more }, ...detail },
  })

/** A versioned raw bucket; `events` says whether those of undeleting and rolling back arrive. */
function versionedBucket({ events }: { events: boolean }) {
  const simulation = new Simulation(1)
  const world = new World(simulation, FAIR_WEATHER, 60)
  const send = (body: string) => world.queues.landings.send(body, 500)
  const version = (content: string, sequencer: string) => ({ content, landedAt: simulation.now, sequencer })
  return {
    world,
    simulation,
    version,
    lands(object: ReturnType<typeof version>) {
      world.raw.objects.set(KEY, object)
      world.raw.versions.push({ ...object, key: KEY, deleted: false })
      send(event('Object Created', simulation.now, object.sequencer, { size: 10, etag: object.content, 'version-id': object.sequencer }))
    },
    deleted(sequencer: string) {
      world.raw.objects.delete(KEY)
      send(event('Object Deleted', simulation.now, sequencer, { 'version-id': sequencer }, { 'deletion-type': 'Delete Marker Created' }))
    },
    /** A version or marker is taken away, so that `object` is what the key holds again. */
    uncovered(object: ReturnType<typeof version> | undefined, sequencer: string) {
      if (object) world.raw.objects.set(KEY, object)
      else world.raw.objects.delete(KEY)
      if (events)
        send(event('Object Deleted', simulation.now, sequencer, { 'version-id': 'v' }, { 'deletion-type': 'Permanently Deleted' }))
    },
    async twoDays() {
      const sweepAgain = () => {
        void world.sweep().catch(() => {})
        simulation.after(15 * MINUTE, sweepAgain)
      }
      simulation.after(15 * MINUTE, sweepAgain)
      await simulation.run(simulation.now + 48 * 60 * MINUTE)
      const [row] = await world.ledger.landings.find('orders', [KEY])
      const succeeded = [...world.executions.all.values()].filter(({ status }) => status === 'SUCCEEDED')
      return { row, reads: succeeded.flatMap(({ read }) => read.get(KEY) ?? []) }
    },
  }
}

describe.each([
  { events: true, how: 'by its event' },
  { events: false, how: 'by the sweep' },
])('in a versioned bucket, $how', ({ events }) => {
  it('a file that is undeleted before a batch took it is read', async () => {
    const { simulation, version, lands, deleted, uncovered, twoDays } = versionedBucket({ events })
    const object = version('content', 'A1')
    lands(object)
    simulation.after(10_000, () => deleted('A2'))
    // The old version is current again, with its old LastModified.
    simulation.after(20 * MINUTE, () => uncovered(object, 'A3'))
    const { row, reads } = await twoDays()
    expect({ status: row?.status, reads }).toEqual({ status: 'done', reads: ['content'] })
  })

  it('a file that is deleted and undeleted between two sweeps, after a batch has read it, is read again', async () => {
    const { simulation, version, lands, deleted, uncovered, twoDays } = versionedBucket({ events })
    const object = version('content', 'A1')
    lands(object)
    simulation.after(60 * MINUTE + 1000, () => deleted('A2'))
    simulation.after(62 * MINUTE, () => uncovered(object, 'A3'))
    const { row, reads } = await twoDays()
    expect({ status: row?.status, reads }).toEqual({ status: 'done', reads: ['content', 'content'] })
  })

  it('an earlier version that a rollback uncovers is read', async () => {
    const { simulation, version, lands, uncovered, twoDays } = versionedBucket({ events })
    const good = version('good', 'A1')
    lands(good)
    simulation.after(5000, () => lands(version('bad', 'A2')))
    simulation.after(40 * MINUTE, () => uncovered(good, 'A3'))
    const { row, reads } = await twoDays()
    expect({ etag: row?.etag, last: reads.at(-1) }).toEqual({ etag: 'good', last: 'good' })
  })

  it('an older version that goes changes nothing', async () => {
    const { simulation, version, lands, uncovered, twoDays } = versionedBucket({ events })
    lands(version('old', 'A1'))
    simulation.after(5000, () => lands(version('new', 'A2')))
    simulation.after(60 * MINUTE, () => uncovered({ ...version('new', 'A2'), landedAt: simulation.now - 60 * MINUTE }, 'A3'))
    const { row, reads } = await twoDays()
    expect({ etag: row?.etag, reads }).toEqual({ etag: 'new', reads: ['new'] })
  })
})

describe('the removal of a version', () => {
  const gone = (detail: object = {}) =>
    event(
      'Object Deleted',
      Date.parse('2025-01-31T12:00:00Z'),
      '0B',
      { 'version-id': 'v1' },
      { 'deletion-type': 'Permanently Deleted', ...detail },
    )
  const messages = (...bodies: string[]) => bodies.map((body, index) => ({ id: String(index), body }))

  it('leaves nothing to read where it was the last', async () => {
    const { intake, world } = calmWorld()
    await recordLandings(messages(objectCreated(KEY), gone()), intake)
    expect(await world.ledger.landings.find('orders', [KEY])).toMatchObject([{ status: 'deleted', sequencer: '0B' }])
  })

  it('is heard late, and what has landed meanwhile is one landing, whether its own event comes or is lost', async () => {
    const { intake, world, counts } = calmWorld()
    const landedAt = Date.parse('2025-01-31T12:15:00Z')
    world.raw.objects.set(KEY, { content: 'new', landedAt, sequencer: '0C' })
    await recordLandings(messages(gone()), intake)
    const [row] = await world.ledger.landings.find('orders', [KEY])
    expect(row).toMatchObject({ status: 'waiting', etag: 'new' })
    const sweep = { now: new Date('2025-01-31T13:00:00Z'), graceSeconds: 900, lookbackDays: 30 }
    expect(isUnheard({ etag: 'new', lastModified: new Date(landedAt) }, row, sweep)).toBe(false)
    await recordLandings(messages(event('Object Created', landedAt, '0C', { size: 3, etag: 'new' })), intake)
    expect(counts['LandingsDuplicate orders']).toBe(1)
    expect(await world.ledger.landings.find('orders', [KEY])).toEqual([row])
  })

  it.each([
    { at: '2025-01-31T12:00:00Z', heard: 'is of the same change', outcome: 'LandingsDuplicate' },
    { at: '2025-01-31T12:14:30Z', heard: 'may be of a later one', outcome: 'LandingsRecorded' },
  ])('$heard as what the sweep listed at 12:15, where it happened at $at', async ({ at, outcome }) => {
    const { intake, world, counts } = calmWorld()
    world.raw.objects.set(KEY, { content: 'old', landedAt: Date.parse('2025-01-31T11:00:00Z'), sequencer: '0A' })
    const listed = { dataset: 'orders', key: KEY, size: 3, etag: 'old', partition: { day: '01' }, deleted: false, restored: true }
    const times = { landedAt: '2025-01-31T11:30:00.000Z', recordedAt: '2025-01-31T12:15:00.000Z' }
    await intake.landings.record([{ ...listed, ...times, sequencer: restoredSequencer('0A') }])
    const removal = { 'deletion-type': 'Permanently Deleted' }
    await recordLandings(messages(event('Object Deleted', Date.parse(at), '0B', { 'version-id': 'v2' }, removal)), intake)
    expect(counts[`${outcome} orders`]).toBe(1)
    expect(await intake.landings.find('orders', [KEY])).toMatchObject([{ status: 'waiting', etag: 'old' }])
  })

  it('is no question of the bucket when a lifecycle rule has done it', async () => {
    const { intake, counts } = calmWorld()
    const raw = {
      ...intake.raw,
      list: () => {
        throw new Error('was asked')
      },
    }
    expect(await recordLandings(messages(gone({ reason: 'Lifecycle Expiration' })), { ...intake, raw })).toEqual(new Map())
    expect(counts['LandingsIgnored orders old-version']).toBe(1)
  })
})

describe('what a listing shows', () => {
  const settings = { now: new Date('2025-03-01T12:00:00Z'), graceSeconds: 900, lookbackDays: 30 }
  const known = { status: 'done' as const, etag: 'a', landedAt: '2025-02-20T00:00:00.000Z' }
  it.each([
    { what: 'an object that the ledger does not know', etag: 'a', modified: '2025-02-20T00:00:00Z', row: undefined, unheard: true },
    { what: 'one so new that its event may come', etag: 'a', modified: '2025-03-01T11:50:00Z', row: undefined, unheard: false },
    { what: 'one so old that its row may have expired', etag: 'a', modified: '2025-01-20T00:00:00Z', row: undefined, unheard: false },
    { what: 'the object that is known', etag: 'a', modified: '2025-02-20T00:00:00Z', row: known, unheard: false },
    { what: 'older content than is known', etag: 'b', modified: '2024-02-19T00:00:00Z', row: known, unheard: true },
    {
      what: 'what is known as deleted',
      etag: 'a',
      modified: '2024-02-19T00:00:00Z',
      row: { ...known, status: 'deleted' as const },
      unheard: true,
    },
    {
      what: 'older content, while an event is this new',
      etag: 'b',
      modified: '2025-02-19T00:00:00Z',
      row: { ...known, landedAt: '2025-03-01T11:50:00.000Z' },
      unheard: false,
    },
    { what: 'the same content, landed again', etag: 'a', modified: '2025-02-21T00:00:00Z', row: known, unheard: true },
  ])('is unheard of ($unheard): $what', ({ etag, modified, row, unheard }) => {
    expect(isUnheard({ etag, lastModified: new Date(modified) }, row, settings)).toBe(unheard)
  })
})

it('lists five pages every quarter of an hour, and a hundred at once when it has saved them up', () => {
  const at = '2025-03-01T12:00:00.000Z'
  expect(pagesAllowed({ pages: 0, at }, '2025-03-01T12:15:00.000Z')).toBeCloseTo(5.2, 1)
  expect(pagesAllowed({ pages: 0, at }, '2025-03-01T12:00:00.000Z')).toBe(0)
  expect(pagesAllowed({ pages: 90, at }, '2025-03-03T12:00:00.000Z')).toBe(PAGES_A_RUN)
})

it('a file of a failed batch that is rolled back to the same content lands again: no batch would know it by its new sequencer', async () => {
  const { intake, world, statuses } = await failedBatch('FAILED')
  const [key = ''] = KEYS
  world.raw.objects.set(key, { content: '0A', landedAt: world.simulation.now, sequencer: '0C' })
  const object = { key, sequencer: '0C', 'version-id': 'v' }
  const detail = { bucket: { name: 'raw-bucket' }, object, 'deletion-type': 'Permanently Deleted' }
  const body = JSON.stringify({ 'detail-type': 'Object Deleted', time: new Date(world.simulation.now).toISOString(), detail })
  expect(await recordLandings([{ id: '1', body }], intake)).toEqual(new Map())
  expect(await statuses()).toEqual({ a: 'waiting', b: 'failed' })
  expect(await redrive({ dryRun: true }, intake)).toMatchObject({ steps: [{ action: 'new-execution', leftOut: 1 }] })
})

it('an object that was gone when its batch read it, and of whose deletion no event came, is read when it is back', async () => {
  const { intake, world, timers } = calmWorld({ seed: 2 })
  const key = 'raw/events/day=01/part.csv'
  await recordLandings([{ id: '1', body: objectCreated(key, { etag: 'content' }) }], intake)
  for (const timer of timers.splice(0)) await startCrawl(timer, intake)
  const [row] = await intake.batches.open('events')
  if (!row) throw new Error('no batch')
  curate((await readBatchPlan(row, intake)) as BatchPlan, [], 1, world.lake)
  await closeBatch({ ...row, status: 'SUCCEEDED', stoppedAt: '' }, intake)
  expect(await intake.landings.find('events', [key])).toMatchObject([{ status: 'deleted' }])
  world.raw.objects.set(key, { content: 'content', landedAt: 0, sequencer: '0A' })
  const undeleted = JSON.parse(objectDeleted(key, { sequencer: '0C' }))
  Object.assign(undeleted.detail, { 'deletion-type': 'Permanently Deleted' })
  undeleted.detail.object['version-id'] = 'marker'
  await recordLandings([{ id: '2', body: JSON.stringify(undeleted) }], intake)
  expect(await intake.landings.oldestWaiting('events')).toBeDefined()
})
