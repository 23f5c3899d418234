import type { Context, SQSEvent } from 'aws-lambda'
import { describe, expect, it, vi } from 'vitest'
import { ThrottledError } from '../../../functions/domain/errors.ts'
import { sqsBatchLambda } from '../../../functions/runtime/sqs.ts'
import type { Intake } from '../../../functions/use-cases/intake/intake.ts'
import { recordLandings } from '../../../functions/use-cases/intake/record-landings.ts'
import { calmWorld, objectCreated, objectDeleted } from './calm-world.ts'

vi.hoisted(() => vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT'))

const CONTEXT = { functionName: 'record-landings', awsRequestId: '1', getRemainingTimeInMillis: () => 1000 } as unknown as Context
const sqsEvent = (bodies: string[]) => ({ Records: bodies.map((body, index) => ({ messageId: `m${index}`, body })) }) as SQSEvent
const invoke = (intake: Intake, bodies: string[]) =>
  sqsBatchLambda((messages) => recordLandings(messages, intake))(sqsEvent(bodies), CONTEXT)
const failed = ({ batchItemFailures }: { batchItemFailures: { itemIdentifier: string }[] }) =>
  batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)

describe('record-landings', () => {
  it('records what landed and asks for one crawl, due after the settle time', async () => {
    const { intake, timers } = calmWorld({ settleSeconds: 5 })
    const bodies = Array.from({ length: 30 }, (_, index) => objectCreated(`raw/orders/day=01/${index}.csv`))
    expect(failed(await invoke(intake, bodies))).toEqual([])
    expect(timers).toEqual([{ dataset: 'orders', requestId: '1', delaySeconds: 5 }])
    expect(await intake.flows.read('orders')).toMatchObject({ phase: 'requested', requestId: '1' })
  })

  it('fails a malformed message by itself, and records its neighbours', async () => {
    const { intake, counts } = calmWorld()
    const bodies = [objectCreated('raw/orders/day=01/a.csv'), '{ not JSON', objectCreated('raw/orders/day=01/b.csv'), '{"hello":1}']
    expect(failed(await invoke(intake, bodies))).toEqual(['m1', 'm3'])
    expect(await intake.landings.find('orders', ['raw/orders/day=01/a.csv', 'raw/orders/day=01/b.csv'])).toHaveLength(2)
    expect(counts).toMatchObject({ 'LandingsMalformed ': 2, 'LandingsRecorded orders': 2 })
  })

  it('answers with every message when all are malformed, in place of an exception', async () => {
    const { intake } = calmWorld()
    expect(failed(await invoke(intake, ['1', '2']))).toEqual(['m0', 'm1'])
  })

  it('counts what it ignores by reason, and asks for no crawl', async () => {
    const { intake, counts, timers } = calmWorld()
    const bodies = [
      JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent' }),
      objectCreated('raw/unknown/a.csv'),
      objectCreated('raw/orders/day=01/_SUCCESS'),
      objectCreated('raw/orders/day=01/empty.csv', { size: 0 }),
      objectCreated("raw/orders/day=1'/a.csv"),
    ]
    expect(failed(await invoke(intake, bodies))).toEqual([])
    expect(counts).toEqual({
      'LandingsIgnored none test-event': 1,
      'LandingsIgnored none foreign-key': 1,
      'LandingsIgnored orders excluded': 1,
      'LandingsIgnored orders empty': 1,
      'LandingsIgnored orders bad-partition-value': 1,
      'FilesMisplaced ': 2,
    })
    expect(timers).toEqual([])
  })

  it('logs which files were put where no contract looks, by reason, a handful of many', async () => {
    const { intake, counts, logged, alerts } = calmWorld()
    const flat = Array.from({ length: 30 }, (_, index) => objectCreated(`raw/orders/${index}.csv`))
    await invoke(intake, [...flat, objectCreated('raw/order/day=01/a.csv'), objectDeleted('raw/orders/gone.csv')])
    expect(counts['FilesMisplaced ']).toBe(31)
    expect(logged).toEqual([
      { reason: 'unexpected-folders', dataset: 'orders', files: 30, keys: flat.slice(0, 20).map((_, index) => `raw/orders/${index}.csv`) },
      { reason: 'foreign-key', dataset: undefined, files: 1, keys: ['raw/order/day=01/a.csv'] },
    ])
    expect(alerts).toEqual([
      'files-misplaced orders unexpected-folders 30 raw/orders/0.csv',
      'files-misplaced none foreign-key 1 raw/order/day=01/a.csv',
    ])
  })

  it('notes misplaced files until they are removed, in whatever order their events come', async () => {
    const { intake } = calmWorld()
    await invoke(intake, [
      objectDeleted('raw/orders/gone.csv', { sequencer: '0B' }),
      objectCreated('raw/orders/gone.csv', { sequencer: '0A' }),
      objectCreated('raw/orders/a.csv'),
      objectCreated('raw/order/day=01/a.csv'),
      objectCreated('raw/orders/day=01/_SUCCESS'),
    ])
    expect([await intake.misplaced.find('orders'), await intake.misplaced.find('none')]).toEqual([
      ['raw/orders/a.csv'],
      ['raw/order/day=01/a.csv'],
    ])
    await invoke(intake, [objectDeleted('raw/orders/a.csv')])
    expect(await intake.misplaced.find('orders')).toEqual([])
  })

  it('takes a misplaced file again when its alert could not be sent', async () => {
    const { intake } = calmWorld()
    const refused = { ...intake, alerts: { ...intake.alerts, filesMisplaced: () => Promise.reject(new ThrottledError('SNS is busy')) } }
    const bodies = [objectCreated('raw/orders/day=01/a.csv'), objectCreated('raw/orders/a.csv.zip')]
    expect(failed(await invoke(refused, bodies))).toEqual(['m1'])
    expect(await intake.landings.find('orders', ['raw/orders/day=01/a.csv'])).toHaveLength(1)
  })

  it('asks for no second crawl for a duplicate of what is done', async () => {
    const { intake, timers } = calmWorld()
    const body = objectCreated('raw/orders/day=01/a.csv')
    await invoke(intake, [body])
    const [landing] = await intake.landings.find('orders', ['raw/orders/day=01/a.csv'])
    await intake.landings.close('orders', 'b', 'done', landing ? [landing] : [])
    await intake.flows.advance('orders', await intake.flows.read('orders'), { phase: 'idle' })
    await invoke(intake, [body])
    expect(timers).toHaveLength(1)
  })

  it('sets the timer that its first delivery died before, however soon the message comes again', async () => {
    const { intake, timers } = calmWorld({ settleSeconds: 300 })
    const body = objectCreated('raw/orders/day=01/a.csv')
    const lost = { ...intake, timer: { schedule: () => Promise.reject(new ThrottledError('the queue is busy')) } }
    expect(failed(await invoke(lost, [body]))).toEqual(['m0'])
    expect(failed(await invoke(intake, [body]))).toEqual([])
    expect(timers).toEqual([{ dataset: 'orders', requestId: '1', delaySeconds: 300 }])
  })

  it('sets it also when a newer object exists, or none any more', async () => {
    for (const newer of [objectCreated('raw/orders/day=01/a.csv', { sequencer: '0B' }), objectDeleted('raw/orders/day=01/a.csv')]) {
      const { intake, timers } = calmWorld()
      const body = objectCreated('raw/orders/day=01/a.csv')
      await invoke({ ...intake, timer: { schedule: () => Promise.reject(new ThrottledError('the queue is busy')) } }, [body])
      await invoke(intake, [newer])
      expect(timers).toEqual([])
      await invoke(intake, [body])
      expect(timers).toHaveLength(1)
    }
  })

  it('lets one dataset that cannot be written fail alone', async () => {
    const { intake } = calmWorld()
    const record: Intake['landings']['record'] = async (events) => {
      if (events[0]?.dataset === 'events') throw new ThrottledError('the ledger is busy')
      return intake.landings.record(events)
    }
    const busy = { ...intake, landings: { ...intake.landings, record } }
    expect(failed(await invoke(busy, [objectCreated('raw/events/day=01/a.csv'), objectCreated('raw/orders/day=01/a.csv')]))).toEqual(['m0'])
  })
})
