import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { compose } from '../../../functions/domain/alert/compose.ts'
import { planSource } from '../../../functions/domain/batch/plan.ts'
import type { BatchRecord } from '../../../functions/domain/batch/record.ts'
import type { BatchSource } from '../../../functions/domain/batch/source.ts'
import { planKey } from '../../../functions/domain/names.ts'
import type { AlertMessage } from '../../../functions/ports/alerts.ts'
import { raiseAlert } from '../../../functions/use-cases/alerts/raise-alert.ts'
import { tellRecovery, tellTrouble, tellUntold } from '../../../functions/use-cases/alerts/tell.ts'
import { ordersBatch } from '../batch/fixtures.ts'
import { memoryLake } from '../batch/memory-lake.ts'
import { existingTrouble } from './alert-states.ts'

const [BAD, GOOD] = ['raw/orders/month=2025-01/bad.csv.gz', 'raw/orders/month=2025-01/good.csv'] as const
const at = (key: string, sequencer: string) => ({ key, size: 1, sequencer, partition: { month: '2025-01' } })

/** A dataset with the failed batch orders-b0, which has claimed two files. */
async function world({ source = 'landings' as BatchSource, error = 'UnreadableFileError: cut off' } = {}) {
  const ledger = inMemoryLedger({ now: () => new Date(0) })
  const { lake, objects } = memoryLake()
  const sent: AlertMessage[] = []
  const land = async (key: string, sequencer: string) => {
    const time = '2025-01-01T00:00:00.000Z'
    await ledger.landings.record([
      { ...at(key, sequencer), dataset: 'orders', etag: sequencer, landedAt: time, recordedAt: time, deleted: false },
    ])
  }
  const plan = (batchId: string, of: BatchSource, claimed: ReturnType<typeof at>[], predicates = ["month='2025-01'"]) => {
    const content = { dataset: 'orders', batchId, ...planSource(of), predicates, objects: claimed, createdAt: '' }
    objects.set(planKey('orders', batchId), JSON.stringify(content))
  }
  const claimed = source === 'landings' ? [at(BAD, '1'), at(GOOD, '1')] : []
  for (const { key } of claimed) await land(key, '1')
  plan('orders-b0', source, claimed)
  await ledger.landings.close('orders', 'orders-b0', 'failed', claimed)
  const row = { dataset: 'orders', batchId: 'orders-b0', status: 'failed', source, error, executionArn: 'arn', executions: 1, redrives: 0 }
  await ledger.batches.save({ ...row, input: '{}', startedAt: '', revision: 0 } as BatchRecord)
  const deps = {
    ...ledger,
    clock: { now: () => new Date(0) },
    lake,
    topic: { publish: async (message: AlertMessage) => void sent.push(message) },
    target: { stage: 'dev', local: true },
    settings: { lakeBucket: 'lake' },
  }
  const succeed = (changes: Partial<ReturnType<typeof ordersBatch>> = {}) =>
    raiseAlert({ kind: 'recovered', batch: { ...ordersBatch(), ...changes }, observed: { rate: 0, limit: 0.01 } }, deps)
  return { ledger, sent, land, plan, succeed }
}
const kinds = (sent: AlertMessage[]) => sent.map(({ attributes }) => attributes.kind)

describe('the end of a failed batch', () => {
  it('is not reported while a file is in no table; the alert names the file and the command', async () => {
    const { ledger, sent, land, plan, succeed } = await world()
    await existingTrouble(ledger, 'orders', 'batch-failed')
    await land(BAD, '2')
    plan('orders-b1', 'landings', [at(BAD, '2')])
    await succeed()
    await succeed()
    expect(kinds(sent)).toEqual(['batch-still-failed'])
    expect(sent[0]?.json).toMatchObject({
      message: `orders: batch orders-b1 succeeded, but failed batch orders-b0 still waits for a redrive; ${GOOD} is in no table`,
      unfinished: [{ batchId: 'orders-b0', files: [GOOD] }],
      next: ['npx --no-install sluice redrive orders-b0 --local', 'npx --no-install sluice status orders --local'],
    })
    expect(sent[0]?.text).toContain(`orders-b0\n    ${GOOD}`)
  })

  it('is reported when each of its files has landed again', async () => {
    const { ledger, sent, land, plan, succeed } = await world()
    await existingTrouble(ledger, 'orders', 'batch-failed')
    for (const key of [BAD, GOOD]) await land(key, '2')
    plan('orders-b1', 'landings', [at(BAD, '2'), at(GOOD, '2')])
    await succeed()
    expect(kinds(sent)).toEqual(['recovered'])
  })

  it('is reported when the batch itself has run again', async () => {
    const { ledger, sent, succeed } = await world()
    await existingTrouble(ledger, 'orders', 'batch-failed')
    await existingTrouble(ledger, 'orders', 'batch-still-failed')
    await succeed({ batchId: 'orders-b0' })
    expect(kinds(sent)).toEqual(['recovered'])
  })

  it('leaves an alert about another trouble to end by itself', async () => {
    const { ledger, sent, succeed } = await world({ error: 'QualityGateError: 1 rule failed' })
    for (const trouble of ['batch-failed', 'quality-gate']) await existingTrouble(ledger, 'orders', trouble)
    await succeed()
    expect(kinds(sent)).toEqual(['recovered', 'batch-still-failed'])
    expect(sent[0]?.json).toMatchObject({ observed: { recovered: 'batch-failed' } })
  })

  it('is reported for a batch by hand when a later one has read the same partitions', async () => {
    const { ledger, sent, plan, succeed } = await world({ source: 'raw' })
    await existingTrouble(ledger, 'orders', 'batch-failed')
    plan('orders-b1', 'raw', [], ["month='2025-02'"])
    await succeed()
    plan('orders-b1', 'backfill', [], [])
    await succeed({ source: 'backfill' })
    expect(kinds(sent)).toEqual(['batch-still-failed', 'recovered'])
  })
})

describe('a batch that brings no news', () => {
  it.each(['backfill', 'quarantine'] as const)('of source %s neither begins nor ends an alert about the rate', async (source) => {
    const { ledger, sent, succeed } = await world()
    await ledger.landings.close('orders', 'orders-b0', 'done', [at(BAD, '1'), at(GOOD, '1')])
    await existingTrouble(ledger, 'orders', 'quarantine-rate')
    await succeed({ source })
    expect(sent).toEqual([])
  })
})

it('an end of two troubles that SNS refuses is told before one of them begins again', async () => {
  const { alertStates } = inMemoryLedger({ now: () => new Date(0) })
  const told: string[] = []
  let refuses = false
  const publish = async ({ json }: AlertMessage) => {
    if (refuses) throw new Error('refused')
    told.push(`${json.kind} ${(json.observed as Record<string, string> | undefined)?.recovered ?? ''}`.trim())
  }
  const deps = { alertStates, topic: { publish }, clock: { now: () => new Date(0) } }
  const end = () => tellRecovery(['late', 'stream-not-read'], { dataset: 'orders', target: { stage: 'dev' }, because: 'all is well' }, deps)
  const begin = (kind: 'late' | 'stream-not-read') =>
    tellTrouble(kind, compose('raw-crawl-failed', { dataset: 'orders', attempts: 3, error: kind, target: { stage: 'dev' } }), deps)
  await begin('late')
  await begin('stream-not-read')
  refuses = true
  await expect(end()).rejects.toThrow('refused')
  refuses = false
  await begin('stream-not-read')
  await tellUntold('orders', deps)
  await end()
  expect(told).toEqual([
    ...['raw-crawl-failed', 'raw-crawl-failed'],
    ...['recovered stream-not-read', 'raw-crawl-failed', 'recovered late', 'recovered stream-not-read'],
  ])
})
