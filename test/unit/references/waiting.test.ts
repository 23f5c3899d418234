import { describe, expect, it } from 'vitest'
import { quarantineRate } from '../../../functions/domain/batch/manifest/manifest-summary.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { manifestKey } from '../../../functions/domain/names.ts'
import { notePublications } from '../../../functions/use-cases/intake/announce-publications.ts'
import type { Intake } from '../../../functions/use-cases/intake/intake.ts'
import { watchWaiting } from '../../../functions/use-cases/references/watch-waiting.ts'
import { ordersManifest } from '../batch/fixtures.ts'
import { CUSTOMERS, ORDERS } from '../gold/contracts.ts'
import { calmWorld } from '../intake/calm-world.ts'

const contractOf = (text: string) => {
  const read = parseContract(text, 'c.yml')
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.contract
}
const CHILD = contractOf(`${ORDERS}foreign_keys: { customer_id: { in: customers.customer_id, on_missing: wait, within: 6 hours } }\n`)
const JUDGED_AT = '2025-01-31T10:00:00.000Z'

/** Orders of which rows may wait for customers; a test says when customers were published. */
function waitingWorld({ rows = 2, now = '2025-01-31T12:00:00.000Z' } = {}) {
  const { intake: calm, world, alerts } = calmWorld()
  const started: { name: string; input: unknown }[] = []
  const contracts = [CHILD, contractOf(CUSTOMERS)]
  const set = (batchId: string, waiting: number, startedAt: string, since = startedAt) => {
    const manifest = ordersManifest(undefined, { batchId, startedAt, ...(waiting > 0 && { waiting: { rows: waiting, since } }) })
    world.lake.objects.set(manifestKey('orders', batchId), JSON.stringify(manifest))
    world.lake.objects.set(`quarantine/orders/day=1/${batchId}-0.parquet`, 'rows')
  }
  set('orders-1', rows, JUDGED_AT)
  const intake: Intake = {
    ...calm,
    clock: { now: () => new Date(now) },
    contracts: { all: async () => contracts, find: async (name) => contracts.find(({ dataset }) => dataset === name) },
    executions: { ...calm.executions, start: async (arn, name, input) => (started.push({ name, input }), arn) },
  }
  const publishParent = async (closedAt: string, source: 'landings' | 'backfill' | 'curated' = 'landings') => {
    const batchId = `customers-${closedAt}`
    const row = { dataset: 'customers', batchId, status: 'succeeded', source, executionArn: 'arn', executions: 1, redrives: 0 } as const
    await intake.batches.save({ ...row, input: '{}', contractVersion: 'v', startedAt: closedAt, closedAt, revision: 0 })
    world.lake.objects.set(
      manifestKey('customers', batchId),
      JSON.stringify({ ...ordersManifest(), dataset: 'customers', batchId, source }),
    )
    return { dataset: 'customers', batchId, run: '0badcafe', publishedAt: closedAt }
  }
  return { intake, world, alerts, started, set, publishParent }
}

describe('rows that wait for a parent', () => {
  it('are judged again when the parent publishes, once for each publication however often it is told', async () => {
    const { intake, started, publishParent } = waitingWorld()
    const due = await publishParent('2025-01-31T11:00:00.000Z')
    await notePublications([due], intake)
    await notePublications([due], intake)
    await watchWaiting(CHILD, intake)
    expect(new Set(started.map(({ name }) => name)).size).toBe(1)
    expect(started[0]).toMatchObject({ name: /^orders-waiting-[0-9a-f]{12}$/, input: { dataset: 'orders', source: 'quarantine' } })
  })

  it('are judged again after a backfill of the parent, and not after a compaction', async () => {
    const { intake, started, publishParent } = waitingWorld()
    await notePublications([await publishParent('2025-01-31T11:00:00.000Z', 'curated')], intake)
    expect(started).toEqual([])
    await notePublications([await publishParent('2025-01-31T11:30:00.000Z', 'backfill')], intake)
    expect(started).toHaveLength(1)
  })

  it('are not judged again for a publication that they were held against', async () => {
    const { intake, started, publishParent, set } = waitingWorld()
    await publishParent('2025-01-31T09:59:00.000Z')
    await watchWaiting(CHILD, intake)
    expect(started).toEqual([])
    await publishParent('2025-01-31T11:00:00.000Z')
    set('orders-waiting-1', 1, '2025-01-31T11:05:00.000Z', JUDGED_AT)
    await watchWaiting(CHILD, intake)
    expect(started).toEqual([])
  })

  it('of a batch that was judged before its parent published, and published after it, are found by its own publication', async () => {
    const { intake, started, publishParent } = waitingWorld()
    await publishParent('2025-01-31T10:00:30.000Z')
    await notePublications([{ dataset: 'orders', batchId: 'orders-1', run: '0badcafe', publishedAt: '2025-01-31T10:01:00.000Z' }], intake)
    expect(started).toHaveLength(1)
  })

  it('raise an alert when they wait for longer than the contract lets them', async () => {
    const early = waitingWorld({ now: '2025-01-31T15:59:00.000Z' })
    await watchWaiting(CHILD, early.intake)
    expect(early.alerts).toEqual([])
    const late = waitingWorld({ now: '2025-01-31T16:01:00.000Z' })
    await watchWaiting(CHILD, late.intake)
    expect(late.alerts).toEqual([`rows-wait orders 2 ${JUDGED_AT}`])
  })

  it('do not count as bad in the quarantine rate', () => {
    const rows = { read: 10, written: 5, duplicates: 0, superseded: 0, quarantined: 5 }
    expect(quarantineRate({ rows })).toBe(0.5)
    expect(quarantineRate({ rows, waiting: { rows: 4, since: JUDGED_AT } })).toBe(0.1)
  })

  it('start nothing where none waits', async () => {
    const { intake, started, publishParent } = waitingWorld({ rows: 0 })
    await notePublications([await publishParent('2025-01-31T11:00:00.000Z')], intake)
    expect(started).toEqual([])
  })
})
