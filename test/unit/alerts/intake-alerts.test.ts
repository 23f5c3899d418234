import { expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory.ts'
import type { AlertMessage } from '../../../functions/ports/alerts.ts'
import { intakeAlerts } from '../../../functions/use-cases/intake/intake-alerts.ts'

type Alerts = ReturnType<typeof intakeAlerts>

function world(refusals = 0) {
  const sent: AlertMessage[] = []
  let left = refusals
  const publish = async (message: AlertMessage) => {
    if (left-- > 0) throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottledException' })
    sent.push(message)
  }
  let today = new Date('2025-01-31T12:00:00Z')
  const clock = { now: () => today }
  const nextDay = () => {
    today = new Date(today.getTime() + 86_400_000)
  }
  const { alertStates } = inMemoryLedger(clock)
  return { sent, alertStates, nextDay, alerts: intakeAlerts(alertStates, { publish }, clock, { stage: 'prod' }) }
}

const batchFailed = (alerts: Alerts) =>
  alerts.batchFailed({
    dataset: 'orders',
    batchId: 'orders-b1',
    status: 'ABORTED',
    executionArn: 'arn:aws:states:eu-central-1:1:execution:m:x',
  })
const crawlFailed = (alerts: Alerts) => alerts.crawlFailed({ dataset: 'orders', attempts: 3, error: 'x' })

it.each([
  ['batchFailed', batchFailed],
  ['crawlFailed', crawlFailed],
])('%s is sent by the redelivery when SNS refused the first time', async (_, call) => {
  const { sent, alerts } = world(1)
  await expect(call(alerts)).rejects.toThrow()
  await call(alerts)
  expect(sent).toHaveLength(1)
})

it('files that land in the wrong place are named once a day, however many follow', async () => {
  const { sent, nextDay, alerts } = world()
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
  nextDay()
  await land()
  expect(sent).toHaveLength(2)
})

it('the end of a raw crawl’s trouble is sent by the redelivery when SNS refused the first time', async () => {
  const { sent, alertStates, alerts } = world(1)
  await alertStates.observe('orders', 'raw-crawl-failed', true)
  await expect(alerts.crawlRecovered('orders')).rejects.toThrow()
  await alerts.crawlRecovered('orders')
  expect(sent.map(({ attributes }) => attributes.kind)).toEqual(['recovered'])
})

it('a raw crawl that works again does not end the trouble of a curated crawl', async () => {
  const { sent, alertStates, alerts } = world()
  await alertStates.observe('orders', 'curated-crawl-failed', true)
  await alerts.crawlRecovered('orders')
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
