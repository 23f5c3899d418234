import { describe, expect, it } from 'vitest'
import type { Announcement } from '../../../functions/domain/batch/publish/published-event.ts'
import type { BatchRecord } from '../../../functions/domain/batch/record.ts'
import { INITIAL_FLOW } from '../../../functions/domain/landing/flow.ts'
import type { Landing, LandingEvent } from '../../../functions/domain/landing/landing.ts'
import { LEDGERS, type Ledger } from './ledgers.ts'

const AT = '2025-01-31T12:00:00.000Z'
let serial = 0
/** A dataset of its own for each test: the suite shares one table. */
const freshDataset = () => `orders_${process.pid}_${(serial += 1)}`

const landing = (dataset: string, key: string, sequencer: string, more: Partial<LandingEvent> = {}): LandingEvent => ({
  dataset,
  key: `raw/${dataset}/month=2025-01/${key}`,
  sequencer,
  size: 10,
  etag: `etag-${sequencer}`,
  partition: { month: '2025-01' },
  landedAt: AT,
  recordedAt: AT,
  deleted: false,
  ...more,
})
const waiting = async (ledger: Ledger, dataset: string, through?: string) => {
  const found: Landing[] = []
  for await (const page of ledger.landings.waiting(dataset, through)) found.push(...page)
  return found.sort((left, right) => (left.key < right.key ? -1 : 1))
}

describe.each(LEDGERS)('the ledger $name', ({ open }) => {
  const ledger = open()

  describe('records landings', () => {
    it('makes a new object wait', async () => {
      const dataset = freshDataset()
      const event = landing(dataset, 'ünï code+1%.csv', '05')
      expect(await ledger().landings.record([event])).toEqual([{ outcome: 'recorded', waiting: true }])
      const { deleted: _, ...expected } = event
      expect(await waiting(ledger(), dataset)).toEqual([{ ...expected, status: 'waiting' }])
    })

    it('answers a duplicate and a stale event without any change', async () => {
      const dataset = freshDataset()
      await ledger().landings.record([landing(dataset, 'a', '05')])
      const outcomes = await ledger().landings.record([landing(dataset, 'a', '05', { recordedAt: '2026' })])
      expect(outcomes).toEqual([{ outcome: 'duplicate', waiting: true }])
      expect(await ledger().landings.record([landing(dataset, 'a', '04')])).toEqual([{ outcome: 'stale', waiting: true }])
      expect(await waiting(ledger(), dataset)).toMatchObject([{ sequencer: '05', recordedAt: AT }])
    })

    it('takes the newest of several events of one key, whatever their order', async () => {
      const dataset = freshDataset()
      const events = [landing(dataset, 'a', '05'), landing(dataset, 'a', '07'), landing(dataset, 'a', '06'), landing(dataset, 'b', '01')]
      const outcomes = await ledger().landings.record(events)
      expect(outcomes.map(({ waiting }) => waiting)).toEqual([true, true, true, true])
      expect((await waiting(ledger(), dataset)).map(({ sequencer }) => sequencer)).toEqual(['07', '01'])
    })

    it('writes hundreds at once around those that it refuses', async () => {
      const dataset = freshDataset()
      const some = Array.from({ length: 250 }, (_, index) => landing(dataset, `f${index}`, '05'))
      await ledger().landings.record(some.filter((_, index) => index % 7 === 0))
      const outcomes = await ledger().landings.record(some)
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(some.map((_, index) => (index % 7 === 0 ? 'duplicate' : 'recorded')))
      expect(await waiting(ledger(), dataset)).toHaveLength(250)
    })

    it('knows that a key has landed before, read or deleted meanwhile', async () => {
      const dataset = freshDataset()
      const [first, second] = [landing(dataset, 'a', '05'), landing(dataset, 'b', '05')]
      await ledger().landings.record([first, second])
      await ledger().landings.close(dataset, 'orders-b1', 'done', [first])
      await ledger().landings.record([landing(dataset, 'b', '06', { deleted: true })])
      await ledger().landings.record(['a', 'b', 'c'].map((key) => landing(dataset, key, '07')))
      expect((await waiting(ledger(), dataset)).map(({ relanded }) => relanded)).toEqual([true, true, undefined])
    })

    it('lets a deleted object wait no longer, and a newer one wait again', async () => {
      const dataset = freshDataset()
      await ledger().landings.record([landing(dataset, 'a', '05')])
      expect(await ledger().landings.record([landing(dataset, 'a', '06', { deleted: true })])).toEqual([
        { outcome: 'recorded', waiting: false },
      ])
      expect(await waiting(ledger(), dataset)).toEqual([])
      expect(await ledger().landings.record([landing(dataset, 'a', '05')])).toEqual([{ outcome: 'stale', waiting: false }])
      await ledger().landings.record([landing(dataset, 'a', '07')])
      expect(await waiting(ledger(), dataset)).toMatchObject([{ sequencer: '07' }])
    })

    it('remembers a delete that comes before the create it follows', async () => {
      const dataset = freshDataset()
      await ledger().landings.record([landing(dataset, 'a', '06', { deleted: true })])
      expect(await ledger().landings.record([landing(dataset, 'a', '05')])).toEqual([{ outcome: 'stale', waiting: false }])
    })

    it.each([
      { event: 'its own event, come late', more: { etag: 'same' }, outcome: 'duplicate' },
      { event: 'the event of an earlier content', more: { etag: 'other', landedAt: '2025-01-31T11:00:00.000Z' }, outcome: 'stale' },
      { event: 'the event of another content of its second', more: { etag: 'other' }, outcome: 'stale' },
      { event: 'what a later listing shows of its second', more: { etag: 'other', sequencer: '!!', restored: true }, outcome: 'recorded' },
      { event: 'the same content landed again', more: { etag: 'same', landedAt: '2025-01-31T13:00:00.000Z' }, outcome: 'recorded' },
      { event: 'the event of a later content', more: { etag: 'other', landedAt: '2025-01-31T13:00:00.000Z' }, outcome: 'recorded' },
    ])('a restored landing takes $event as $outcome', async ({ more, outcome }) => {
      const dataset = freshDataset()
      await ledger().landings.record([landing(dataset, 'a', '!', { etag: 'same', restored: true })])
      expect(await ledger().landings.record([landing(dataset, 'a', '05', more)])).toMatchObject([{ outcome }])
    })
  })

  describe('claims and closes landings', () => {
    it('shows what was recorded by a time, and the oldest', async () => {
      const dataset = freshDataset()
      expect(await ledger().landings.oldestWaiting(dataset)).toBeUndefined()
      await ledger().landings.record([
        landing(dataset, 'a', '05', { recordedAt: '2025-01-31T12:00:02.000Z' }),
        landing(dataset, 'b', '05', { recordedAt: '2025-01-31T12:00:01.000Z' }),
      ])
      expect(await waiting(ledger(), dataset, '2025-01-31T12:00:01.000Z')).toHaveLength(1)
      expect(await waiting(ledger(), dataset, '2025-01-31T12:00:02.000Z')).toHaveLength(2)
      expect(await ledger().landings.oldestWaiting(dataset)).toBe('2025-01-31T12:00:01.000Z')
    })

    it('closes what is still as it was claimed, and leaves an overwrite waiting', async () => {
      const dataset = freshDataset()
      const [a, b] = [landing(dataset, 'a', '05'), landing(dataset, 'b', '05')]
      await ledger().landings.record([a, b])
      await ledger().landings.record([landing(dataset, 'b', '06')])
      expect(await ledger().landings.close(dataset, 'batch-1', 'done', [a, b])).toEqual({ closed: 1 })
      expect(await waiting(ledger(), dataset)).toMatchObject([{ key: b.key, sequencer: '06' }])
      expect(await ledger().landings.find(dataset, [a.key, b.key, 'no such key'])).toHaveLength(2)
      expect(await ledger().landings.find(dataset, [a.key])).toMatchObject([{ status: 'done', batchId: 'batch-1' }])
    })

    it('lets an unchanged object outrun older events, and says when it has changed after all', async () => {
      const dataset = freshDataset()
      const a = landing(dataset, 'a', '05')
      await ledger().landings.record([a])
      await ledger().landings.close(dataset, 'batch-1', 'done', [a])
      expect(await ledger().landings.record([{ ...a, sequencer: '08', unchanged: true }])).toMatchObject([{ outcome: 'duplicate' }])
      expect(await ledger().landings.record([landing(dataset, 'a', '07', { deleted: true })])).toMatchObject([{ outcome: 'stale' }])
      expect(await ledger().landings.find(dataset, [a.key])).toMatchObject([{ status: 'done', sequencer: '08', batchId: 'batch-1' }])
      expect(await ledger().landings.record([{ ...a, sequencer: '06', unchanged: true }])).toMatchObject([{ outcome: 'stale' }])
      await ledger().landings.record([landing(dataset, 'a', '09', { deleted: true })])
      expect(await ledger().landings.record([{ ...a, sequencer: '0A', unchanged: true }])).toMatchObject([{ outcome: 'overtaken' }])
      const b = landing(dataset, 'b', '05')
      await ledger().landings.record([b])
      await ledger().landings.close(dataset, 'batch-2', 'failed', [b])
      expect(await ledger().landings.record([{ ...b, sequencer: '08', unchanged: true }])).toMatchObject([{ outcome: 'overtaken' }])
    })

    it('finds every row of a range of keys, in whichever shard', async () => {
      const dataset = freshDataset()
      const all = [...'abcdefghij'].map((name) => landing(dataset, name, '05'))
      await ledger().landings.record(all)
      const found = await ledger().landings.between(dataset, all[2]?.key ?? '', all[6]?.key ?? '')
      expect(found.map(({ key }) => key).sort()).toEqual(all.slice(2, 7).map(({ key }) => key))
    })

    it('never takes back what is done, and lets a redrive do what had failed', async () => {
      const dataset = freshDataset()
      const a = landing(dataset, 'a', '05')
      await ledger().landings.record([a])
      await ledger().landings.close(dataset, 'batch-1', 'failed', [a])
      expect(await waiting(ledger(), dataset)).toEqual([])
      expect(await ledger().landings.close(dataset, 'batch-1', 'done', [a])).toEqual({ closed: 1 })
      expect(await ledger().landings.close(dataset, 'batch-1', 'failed', [a])).toEqual({ closed: 0 })
    })
  })

  it('moves a flow only from its current state', async () => {
    const dataset = freshDataset()
    expect(await ledger().flows.read(dataset)).toEqual(INITIAL_FLOW)
    const next = { phase: 'batching', batchId: 'b1', since: AT } as const
    expect(await ledger().flows.advance(dataset, INITIAL_FLOW, next, { crawledThrough: AT, batches: 1 })).toBe(true)
    expect(await ledger().flows.advance(dataset, INITIAL_FLOW, { phase: 'idle' })).toBe(false)
    const flow = await ledger().flows.read(dataset)
    expect(flow).toEqual({ ...next, revision: 1, crawledThrough: AT, batches: 1 })
    expect(await ledger().flows.advance(dataset, flow, { phase: 'idle' })).toBe(true)
    expect(await ledger().flows.read(dataset)).toEqual({ phase: 'idle', revision: 2, crawledThrough: AT, batches: 1 })
  })

  it('keeps batches, and shows those that run or have failed', async () => {
    const dataset = freshDataset()
    const row = (batchId: string, status: BatchRecord['status']): BatchRecord => ({
      dataset,
      batchId,
      status,
      source: 'landings',
      executionArn: `arn:${batchId}`,
      executions: 1,
      redrives: 0,
      input: '{}',
      startedAt: AT,
      revision: 0,
    })
    for (const [id, status] of [
      ['b1', 'running'],
      ['b2', 'failed'],
      ['b3', 'succeeded'],
    ] as const) {
      expect(await ledger().batches.save(row(id, status))).toBe(true)
    }
    expect(await ledger().batches.save(row('b1', 'running'))).toBe(false)
    expect((await ledger().batches.open(dataset)).map(({ batchId }) => batchId).sort()).toEqual(['b1', 'b2'])
    expect(await ledger().batches.save({ ...row('b1', 'succeeded'), revision: 1 })).toBe(true)
    expect(await ledger().batches.find(dataset, 'b1')).toEqual({ ...row('b1', 'succeeded'), revision: 2 })
    expect((await ledger().batches.recent(dataset, 2)).map(({ batchId }) => batchId)).toEqual(['b3', 'b2'])
    expect(await ledger().batches.find(dataset, 'none')).toBeUndefined()
  })

  it('gives a lease to one owner at a time, until it is released or has expired', async () => {
    const dataset = freshDataset()
    expect(await ledger().leases.acquire(dataset, 'one', 60)).toMatchObject({ acquired: true, owner: 'one' })
    expect(await ledger().leases.acquire(dataset, 'two', 60)).toMatchObject({ acquired: false, owner: 'one' })
    expect(await ledger().leases.acquire(dataset, 'one', 60)).toMatchObject({ acquired: true })
    await ledger().leases.release(dataset, 'two')
    expect(await ledger().leases.holder(dataset)).toMatchObject({ owner: 'one' })
    await ledger().leases.release(dataset, 'one', '2025-01-31T12:00:00.000Z')
    expect(await ledger().leases.holder(dataset)).toMatchObject({ owner: 'one' })
    await ledger().leases.release(dataset, 'one', '2999-01-31T12:00:00.000Z')
    expect(await ledger().leases.holder(dataset)).toBeUndefined()
    await ledger().leases.acquire(dataset, 'one', 60)
    await ledger().leases.release(dataset, 'one')
    expect(await ledger().leases.acquire(dataset, 'two', -1)).toMatchObject({ acquired: true, owner: 'two' })
    expect(await ledger().leases.acquire(dataset, 'three', 60)).toMatchObject({ acquired: true, owner: 'three' })
  })

  it('gives the lease to the last publisher that entered, and knows those that have not left', async () => {
    const dataset = freshDataset()
    const { leases } = ledger()
    const publisher = (token: string) => ({ dataset, batchId: 'b1', run: '0badcafe', token })
    expect(await leases.enter(publisher('aaaaaaaa'), 'one', 60)).toMatchObject({ acquired: true, owner: 'one' })
    expect(await leases.holds(dataset, 'one', 'aaaaaaaa')).toBe(true)
    expect(await leases.note(publisher('aaaaaaaa'), ['curated/orders/'])).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 2))
    await leases.enter(publisher('bbbbbbbb'), 'one', 60)
    expect(await leases.holds(dataset, 'one', 'aaaaaaaa')).toBe(false)
    expect(await leases.holds(dataset, 'one', 'bbbbbbbb')).toBe(true)
    expect(await leases.enter(publisher('cccccccc'), 'two', 60)).toMatchObject({ acquired: false, owner: 'one' })
    await leases.leave(publisher('cccccccc'))
    expect(await leases.note(publisher('cccccccc'), [])).toBe(false)
    expect(await leases.publishers(dataset)).toMatchObject([
      { ...publisher('bbbbbbbb'), folders: [] },
      { ...publisher('aaaaaaaa'), folders: ['curated/orders/'], notedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) },
    ])
    expect((await leases.publishers(dataset))[0]).not.toHaveProperty('notedAt')
    await leases.acquire(dataset, 'one', 60)
    expect(await leases.holds(dataset, 'one', 'bbbbbbbb')).toBe(false)
  })

  it('keeps the announcement of a publisher that left with a publication, until its event is sent', async () => {
    const dataset = freshDataset()
    const { leases, announcements } = ledger()
    const publisher = (token: string) => ({ dataset, batchId: 'b1', run: '0badcafe', token })
    await leases.enter(publisher('aaaaaaaa'), 'one', 60)
    await leases.leave(publisher('aaaaaaaa'))
    expect(await announcements.due(dataset)).toEqual([])
    await leases.enter(publisher('bbbbbbbb'), 'one', 60)
    await leases.leave(publisher('bbbbbbbb'), { dataset, batchId: 'b1', run: '0badcafe', executionArn: 'one' })
    expect(await leases.publishers(dataset)).toEqual([])
    expect(await announcements.due(dataset, 'b')).toEqual([])
    const [due] = await announcements.due(dataset, 'b1')
    expect(due).toEqual({ dataset, batchId: 'b1', run: '0badcafe', executionArn: 'one', publishedAt: expect.any(String) })
    await announcements.sent({ ...(due as Announcement), publishedAt: 'an earlier time' })
    expect(await announcements.due(dataset)).toEqual([due])
    await announcements.sent(due as Announcement)
    expect(await announcements.due(dataset)).toEqual([])
  })

  it('keeps a trouble with what is to be told of it, and changes it only from its current revision', async () => {
    const dataset = freshDataset()
    const { alertStates } = ledger()
    const message = {
      subject: 's',
      text: 't',
      chat: { version: '1.0', content: { nextSteps: [] } },
      json: { kind: 'batch-failed', rows: { read: 1 }, next: [] },
      attributes: { dataset },
    }
    const state = { dataset, kind: 'batch-failed', firing: true, since: AT, untold: { messages: [message], takenUntil: AT } }
    expect(await alertStates.find(dataset, 'batch-failed')).toBeUndefined()
    expect(await alertStates.save({ ...state, revision: 0 })).toBe(true)
    expect(await alertStates.save({ ...state, revision: 0 })).toBe(false)
    expect(await alertStates.find(dataset, 'batch-failed')).toEqual({ ...state, revision: 1 })
    expect(await alertStates.untold(dataset)).toEqual([{ ...state, revision: 1 }])
    expect(await alertStates.firing(dataset)).toEqual([{ ...state, revision: 1 }])
    const { untold: _, ...told } = state
    expect(await alertStates.save({ ...told, firing: false, revision: 1 })).toBe(true)
    expect(await alertStates.firing(dataset)).toEqual([])
    expect(await alertStates.untold(dataset)).toEqual([])
    expect(await alertStates.remove({ ...told, revision: 1 })).toBe(false)
    expect(await alertStates.remove({ ...told, revision: 2 })).toBe(true)
    expect(await alertStates.find(dataset, 'batch-failed')).toBeUndefined()
  })

  it('gives job slots to as many as there are, also when all ask at once, and shows who waits', async () => {
    const { jobSlots } = ledger()
    const datasets = Array.from({ length: 8 }, () => freshDataset())
    const answers = await Promise.all(datasets.map((dataset) => jobSlots.take(dataset, `arn:${dataset}`, 3)))
    expect(answers.filter(({ taken }) => taken)).toHaveLength(3)
    const entries = await jobSlots.entries()
    expect(Object.keys(entries).sort()).toEqual([...datasets].sort())
    expect(Object.values(entries).filter(({ takenAt }) => takenAt !== undefined)).toHaveLength(3)
    const [holder, waiter] = [true, false].map((has) => datasets.find((each) => (entries[each]?.takenAt !== undefined) === has) as string)
    expect(await jobSlots.free(holder as string, 'arn:another')).toBe(false)
    expect(await jobSlots.free(holder as string, `arn:${holder}`, '2000-01-01T00:00:00.000Z')).toBe(false)
    await Promise.all(datasets.filter((each) => each !== waiter).map((each) => jobSlots.free(each, `arn:${each}`)))
    expect(await jobSlots.take(waiter as string, `arn:${waiter}`, 3)).toEqual({ taken: true, ahead: 0 })
    expect(await jobSlots.free(waiter as string, `arn:${waiter}`)).toBe(true)
    expect(await jobSlots.entries()).toEqual({})
  })

  it('keeps the first pause of a dataset until it is ended', async () => {
    const dataset = freshDataset()
    const { pauses } = ledger()
    expect(await pauses.find(dataset)).toBeUndefined()
    expect(await pauses.set(dataset, { by: 'ann', at: AT, reason: 'repairs' })).toBe(true)
    expect(await pauses.set(dataset, { by: 'bob', at: AT })).toBe(false)
    expect(await pauses.find(dataset)).toEqual({ by: 'ann', at: AT, reason: 'repairs' })
    expect(await pauses.clear(dataset)).toEqual({ by: 'ann', at: AT, reason: 'repairs' })
    expect(await pauses.clear(dataset)).toBeUndefined()
    expect(await pauses.find(dataset)).toBeUndefined()
  })

  it('knows each misplaced file once, until it is gone', async () => {
    const dataset = freshDataset()
    const { misplaced } = ledger()
    expect(await misplaced.find(dataset)).toEqual([])
    await misplaced.forget(dataset, ['raw/orders/a.csv'])
    await misplaced.note(dataset, ['raw/orders/b c.csv', 'raw/orders/a.csv'])
    await misplaced.note(dataset, ['raw/orders/a.csv'])
    expect(await misplaced.find(dataset)).toEqual(['raw/orders/a.csv', 'raw/orders/b c.csv'])
    await misplaced.forget(dataset, ['raw/orders/a.csv', 'raw/orders/unknown.csv'])
    await misplaced.forget(dataset, ['raw/orders/b c.csv'])
    expect(await misplaced.find(dataset)).toEqual([])
  })

  it('keeps no more misplaced files than fit into a row', async () => {
    const dataset = freshDataset()
    const { misplaced } = ledger()
    const keys = Array.from({ length: 400 }, (_, index) => `raw/orders/${String(index).padStart(3, '0')}.csv`)
    await misplaced.note(dataset, keys)
    await misplaced.note(dataset, keys.slice(200))
    expect(await misplaced.find(dataset)).toEqual(keys.slice(0, 150))
  })

  it('keeps how far a sweep has come, and how many pages it may list', async () => {
    const dataset = freshDataset()
    expect(await ledger().cursors.read(dataset)).toBeUndefined()
    await ledger().cursors.write(dataset, { lastKey: 'raw/orders/a b', pages: 2.5, at: AT })
    expect(await ledger().cursors.read(dataset)).toEqual({ lastKey: 'raw/orders/a b', pages: 2.5, at: AT })
    await ledger().cursors.write(dataset, { pages: 0, at: AT })
    expect(await ledger().cursors.read(dataset)).toEqual({ pages: 0, at: AT })
  })

  it('keeps extracts, newest first, and how far a dataset has come', async () => {
    const dataset = freshDataset()
    const row = { dataset, status: 'running' as const, executionArn: 'arn', startedAt: '2025-01-01T00:00:00Z', of: 'db/orders/at' }
    await ledger().extracts.save({ ...row, extractId: '20250101T000000Z-0a' })
    await ledger().extracts.save({ ...row, extractId: '20250102T000000Z-0b' })
    await ledger().extracts.save({ ...row, extractId: '20250101T000000Z-0a', status: 'landed', rows: 2, objects: ['raw/a'], upper: '7' })
    expect(await ledger().extracts.recent(dataset, 5)).toEqual([
      { ...row, extractId: '20250102T000000Z-0b' },
      { ...row, extractId: '20250101T000000Z-0a', status: 'landed', rows: 2, objects: ['raw/a'], upper: '7' },
    ])
    expect(await ledger().extracts.recent(dataset, 1)).toHaveLength(1)
    expect(await ledger().extracts.watermark(dataset)).toBeUndefined()
    const watermark = { of: 'db/orders/at', upper: '7', extractId: '20250101T000000Z-0a' }
    await ledger().extracts.saveWatermark(dataset, watermark)
    expect(await ledger().extracts.watermark(dataset)).toEqual(watermark)
  })

  it('keeps how long recent jobs took', async () => {
    const dataset = freshDataset()
    expect(await ledger().jobTimes.read(dataset)).toEqual([])
    const times = [{ batchId: 'a', source: 'landings' as const, seconds: 12.5 }]
    await ledger().jobTimes.write(dataset, times)
    expect(await ledger().jobTimes.read(dataset)).toEqual(times)
  })
})
