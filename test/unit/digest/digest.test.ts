import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import type { Manifest } from '../../../functions/domain/batch/manifest/manifest.ts'
import type { BatchRecord } from '../../../functions/domain/batch/record.ts'
import { stageOfArn } from '../../../functions/domain/command/next-command.ts'
import { manifestKey } from '../../../functions/domain/names.ts'
import { digest } from '../../../functions/use-cases/digest/digest.ts'
import { readDigest } from '../../../functions/use-cases/digest/read-digest.ts'
import { ordersContract, ordersManifest } from '../batch/fixtures.ts'
import { memoryLake } from '../batch/memory-lake.ts'

const NOW = new Date('2026-11-28T06:00:00.000Z')
const clock = { now: () => NOW }
const RUN = { startedAt: '2026-11-28T04:00:00.000Z', finishedAt: '2026-11-28T04:10:00.000Z' }
const MINUTES_OF_TWO_DPUS = (10 / 60) * 2 * 0.44
const A_CRAWL = (600 / 3600) * 2 * 0.44

async function world(expects?: Record<string, unknown>) {
  const ledger = inMemoryLedger(clock)
  const objects = new Map<string, string>()
  const contract = ordersContract(expects)
  const sent: { subject: string; text: string }[] = []
  async function batch(
    closedAt: string,
    { manifest, ...changes }: Partial<BatchRecord> & { manifest?: Partial<Manifest> | null } = {},
  ): Promise<void> {
    const batchId = `orders-${closedAt.replaceAll(/[-:]/g, '').slice(0, 15)}Z-00000000`
    const source = changes.source ?? 'landings'
    const record = { executionArn: 'arn', executions: 1, redrives: 0, input: '{}', startedAt: closedAt, closedAt, revision: 0 }
    await ledger.batches.save({ dataset: 'orders', batchId, status: 'succeeded', ...record, ...changes, source })
    if (manifest !== null)
      objects.set(manifestKey('orders', batchId), JSON.stringify(ordersManifest({}, { batchId, source, ...RUN, ...manifest })))
  }
  const deps = {
    ...ledger,
    ...{ clock, lake: memoryLake(objects).lake, contracts: { all: async () => [contract] } },
    digestTopic: { publish: async (message: { subject: string; text: string }) => void sent.push(message) },
    digestTarget: { stage: stageOfArn('arn:aws:sns:eu-central-1:123456789012:sluice-prod-digest') },
  }
  return { deps, ledger, batch, sent, read: async () => (await readDigest(deps)).datasets[0] }
}

describe('the digest of a dataset', () => {
  it('has the batches that ended in the last 24 hours, whenever they began, and no older ones', async () => {
    const { batch, read } = await world()
    await batch('2026-11-28T04:00:00.000Z')
    await batch('2026-11-27T06:30:00.000Z', { startedAt: '2026-11-27T05:00:00.000Z' })
    await batch('2026-11-27T05:59:00.000Z')
    const { batches, rows, dollars, lastPublishedAt } = (await read()) ?? {}
    expect(batches).toEqual({ ended: 2, failed: 0 })
    expect(rows).toEqual({ published: 1800, read: 2000, quarantined: 10 })
    // Each has a raw and a curated crawl, and no quality run.
    expect(dollars).toBeCloseTo(2 * (MINUTES_OF_TWO_DPUS + 2 * A_CRAWL), 6)
    expect(lastPublishedAt).toBe('2026-11-28T04:00:00.000Z')
  })

  it('counts a failed batch, of which nothing is published, and one without a manifest as of unknown cost', async () => {
    const { batch, read } = await world()
    await batch('2026-11-28T04:00:00.000Z', { status: 'failed', error: 'QuarantineRateError: too many' })
    await batch('2026-11-28T05:00:00.000Z', { status: 'failed', outcome: 'TIMED_OUT', manifest: null })
    const found = await read()
    expect(found).toMatchObject({
      batches: { ended: 2, failed: 2 },
      rows: { published: 0, read: 1000 },
      uncosted: 1,
      lastPublishedAt: null,
    })
    expect(found?.openFailures.map(({ error }) => error)).toEqual(['QuarantineRateError: too many', 'TIMED_OUT'])
  })

  it('counts the rows of a replay as published, and not again as new', async () => {
    const { batch, read } = await world()
    await batch('2026-11-28T04:00:00.000Z', { source: 'quarantine' })
    expect((await read())?.rows).toEqual({ published: 900, read: 0, quarantined: 0 })
  })

  it('does not count rows that wait for a parent as bad', async () => {
    const { batch, read } = await world()
    await batch('2026-11-28T04:00:00.000Z', { manifest: { waiting: { rows: 3, since: RUN.startedAt } } })
    expect((await read())?.rows.quarantined).toBe(2)
  })

  it('is late when the contract expected data, and expects none while the dataset is paused', async () => {
    const { batch, read, ledger } = await world({ expect: { every: '1 hour' } })
    await batch('2026-11-28T04:00:00.000Z')
    expect((await read())?.expected).toEqual({ dueAt: '2026-11-28T05:00:00.000Z', late: true, inWords: 'every 1 hour' })
    await ledger.pauses.set('orders', { by: 'ada', at: NOW.toISOString() })
    expect(await read()).toMatchObject({ expected: null, paused: { by: 'ada' } })
  })

  it('has the alerts that are not over', async () => {
    const { read, ledger } = await world()
    for (const [kind, firing] of [
      ['late', true],
      ['quality-gate', false],
    ] as const)
      await ledger.alertStates.save({ dataset: 'orders', kind, firing, since: '2026-11-28T05:00:00.000Z', revision: 0 })
    expect((await read())?.alerts).toEqual([{ kind: 'late', since: '2026-11-28T05:00:00.000Z' }])
  })
})

it('the digest is one message to its own topic, with commands for its stage', async () => {
  const { deps, batch, sent } = await world()
  await batch('2026-11-28T04:00:00.000Z')
  expect(await digest(deps)).toEqual({ subject: '[sluice] prod: the dataset is well' })
  expect(sent).toEqual([{ subject: '[sluice] prod: the dataset is well', text: expect.stringContaining('--stage prod') }])
})
