import { expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import type { AlertMessage } from '../../../functions/ports/alerts.ts'
import { intakeAlerts } from '../../../functions/use-cases/intake/intake-alerts.ts'
import { existingTrouble } from './alert-states.ts'

type Alerts = ReturnType<typeof intakeAlerts>

/** `killed`: that many messages are sent or not, and the function that sends one never hears of it. */
function world({ refusals = 0, killedBefore = 0, killedAfter = 0 } = {}) {
  const sent: AlertMessage[] = []
  const left = { refusals, killedBefore, killedAfter }
  const slow = { until: Promise.resolve() as Promise<unknown>, go: (_?: unknown) => {} }
  const publish = async (message: AlertMessage) => {
    await slow.until
    if (left.refusals-- > 0) throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottledException' })
    if (left.killedBefore-- > 0) return new Promise<void>(() => {})
    sent.push(message)
    if (left.killedAfter-- > 0) return new Promise<void>(() => {})
  }
  const time = { now: Date.parse('2025-01-31T12:00:00.000Z') }
  const clock = { now: () => new Date(time.now) }
  const { alertStates } = inMemoryLedger(clock)
  return { sent, slow, time, alertStates, alerts: intakeAlerts({ alertStates, topic: { publish }, clock }, { stage: 'prod' }) }
}

const batchFailed = (alerts: Alerts, isLeft = true) =>
  alerts.batchFailed(
    {
      dataset: 'orders',
      batchId: 'orders-b1',
      source: 'landings',
      failure: { Error: 'ABORTED' },
      executionArn: 'arn:aws:states:eu-central-1:1:execution:m:x',
    },
    async () => isLeft,
  )
const crawlFailed = (alerts: Alerts) => alerts.crawlFailed({ dataset: 'orders', attempts: 3, error: 'x' })

it.each([
  ['batchFailed', batchFailed],
  ['crawlFailed', crawlFailed],
])('%s is sent by the redelivery when SNS refused the first time', async (_, call) => {
  const { sent, alerts } = world({ refusals: 1 })
  await expect(call(alerts)).rejects.toThrow()
  await call(alerts)
  expect(sent).toHaveLength(1)
})

it('files that land in the wrong place are named once a day, however many follow', async () => {
  const { sent, time, alerts } = world()
  const keys = Array.from({ length: 7 }, (_, index) => `raw/orders/${index}.csv.zip`)
  const land = () => alerts.filesMisplaced({ dataset: 'orders', reason: 'unexpected-folders', files: 7, keys })
  await land()
  await land()
  expect(sent.map(({ json }) => json)).toMatchObject([
    {
      kind: 'files-misplaced',
      severity: 'warning',
      message: `orders: no batch will read 7 files (${keys.slice(0, 5).join(', ')} …): its folders are not the contract's partition_keys`,
      next: ["npx --no-install sluice logs record-landings --match 'no contract looks' --stage prod"],
    },
  ])
  time.now += 24 * 60 * MINUTE
  await land()
  expect(sent).toHaveLength(2)
})

const kinds = (sent: AlertMessage[]) => sent.map(({ attributes }) => attributes.kind)
/** Until a microtask more can change nothing. */
const settled = () => new Promise((resolve) => setImmediate(resolve))
const MINUTE = 60_000

it.each([
  ['batchFailed', 'batch-failed', batchFailed],
  ['crawlFailed', 'raw-crawl-failed', crawlFailed],
])('%s of a function that was killed before it could send is sent by the sweep, once', async (_, kind, call) => {
  const { sent, time, alerts } = world({ killedBefore: 1 })
  void call(alerts)
  await settled()
  await alerts.tellUntold('orders')
  expect(sent).toEqual([])
  time.now += 11 * MINUTE
  await alerts.tellUntold('orders')
  await alerts.tellUntold('orders')
  await call(alerts)
  expect(kinds(sent)).toEqual([kind])
})

it('a failed batch with nothing left to read is no trouble', async () => {
  const { sent, alerts } = world()
  await batchFailed(alerts, false)
  expect(sent).toEqual([])
})

it('what is being sent is not sent by another function too', async () => {
  const { sent, alerts } = world({ killedBefore: 1 })
  void crawlFailed(alerts)
  await settled()
  await crawlFailed(alerts)
  await alerts.tellUntold('orders')
  expect(sent).toEqual([])
})

it('a trouble that could not be told before it ended is told before its end', async () => {
  const { sent, alerts } = world({ refusals: 1 })
  await expect(crawlFailed(alerts)).rejects.toThrow()
  await alerts.crawlRecovered('orders', 'it works')
  expect(kinds(sent)).toEqual(['raw-crawl-failed', 'recovered'])
})

it('an end whose function was killed is told by the sweep, and a trouble that comes after it is told', async () => {
  const { sent, time, alertStates, alerts } = world({ killedBefore: 1 })
  await existingTrouble({ alertStates }, 'orders', 'raw-crawl-failed')
  void alerts.crawlRecovered('orders', 'it works')
  await settled()
  time.now += 11 * MINUTE
  await alerts.tellUntold('orders')
  await crawlFailed(alerts)
  expect(kinds(sent)).toEqual(['recovered', 'raw-crawl-failed'])
})

it('a trouble that begins while its earlier end is being sent is told', async () => {
  const { sent, time, alertStates, alerts } = world({ killedAfter: 1 })
  await existingTrouble({ alertStates }, 'orders', 'raw-crawl-failed')
  void alerts.crawlRecovered('orders', 'it works')
  await settled()
  await crawlFailed(alerts)
  time.now += 11 * MINUTE
  await alerts.tellUntold('orders')
  expect(kinds(sent)).toEqual(['recovered', 'recovered', 'raw-crawl-failed'])
  expect(await alertStates.find('orders', 'raw-crawl-failed')).toMatchObject({ firing: true })
})

it('an end that comes while its trouble is being sent is told after it, by the same function', async () => {
  const { sent, slow, alertStates, alerts } = world()
  slow.until = new Promise((resolve) => {
    slow.go = resolve
  })
  const telling = crawlFailed(alerts)
  await settled()
  await alerts.crawlRecovered('orders', 'it works')
  expect(sent).toEqual([])
  slow.go()
  await telling
  expect(kinds(sent)).toEqual(['raw-crawl-failed', 'recovered'])
  expect(await alertStates.find('orders', 'raw-crawl-failed')).toBeUndefined()
})

it('ten functions that see one trouble at a time tell it once', async () => {
  const { sent, alerts } = world()
  await Promise.all(Array.from({ length: 10 }, () => crawlFailed(alerts)))
  expect(kinds(sent)).toEqual(['raw-crawl-failed'])
})

it('the end of a raw crawl’s trouble is sent by the redelivery when SNS refused the first time', async () => {
  const { sent, alertStates, alerts } = world({ refusals: 1 })
  await existingTrouble({ alertStates }, 'orders', 'raw-crawl-failed')
  await expect(alerts.crawlRecovered('orders', 'it works')).rejects.toThrow()
  await alerts.crawlRecovered('orders', 'it works')
  expect(sent.map(({ attributes }) => attributes.kind)).toEqual(['recovered'])
})

it('a raw crawl that works again does not end the trouble of a curated crawl', async () => {
  const { sent, alertStates, alerts } = world()
  await existingTrouble({ alertStates }, 'orders', 'curated-crawl-failed')
  await alerts.crawlRecovered('orders', 'it works')
  expect(sent).toEqual([])
})

it('an alert of a batch that was stopped by hand has the command that runs it again', async () => {
  const { sent, alerts } = world()
  await batchFailed(alerts)
  expect(sent[0]?.json).toMatchObject({
    kind: 'batch-failed',
    message: 'orders: batch orders-b1 was stopped by hand; no file is lost',
    next: ['npx --no-install sluice redrive orders-b1 --stage prod', 'npx --no-install sluice status orders --stage prod'],
  })
})
