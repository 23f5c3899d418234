import { describe, expect, it } from 'vitest'
import { compactionManifest, ordersContract } from '../batch/fixtures.ts'
import { callsOf, curatedKeys } from './ingest-outcomes.ts'
import { failure, ingestWorld } from './world.ts'

const INPUT = { dataset: 'orders', source: 'curated', partitions: ['order_date=2025-01-01'], requestedBy: 'ana', reason: 'small files' }
const contractVersion = ordersContract().version

function newWorld(changes: Partial<Parameters<typeof compactionManifest>[1]> = {}) {
  const world = ingestWorld({ manifest: (batchId) => compactionManifest(batchId, { contractVersion, ...changes }) })
  // The catalog's answer about the curated table.
  world.rawPartitions = [{ order_date: '2025-01-01' }, { order_date: '2025-01-02' }]
  for (const name of ['a', 'b', 'c', 'd', 'e']) world.objects.set(`curated/orders/order_date=2025-01-01/${name}.parquet`, '')
  return world
}

describe('a compaction', () => {
  it('replaces many files by one, under the lease, without judgement or crawl', async () => {
    const world = newWorld()
    const result = await world.run(INPUT)
    expect(result).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        source: 'curated',
        finding: '5 files of one partition became 1, with the same 10 rows',
        rows: { read: 0, written: 0 },
        quality: { passed: true, skipped: 'same-rows' },
        published: { partitions: 1, files: 1 },
      },
    })
    expect(curatedKeys(world)).toEqual([
      expect.stringMatching(/^curated\/orders\/order_date=2025-01-01\/orders-2025.*-0-[0-9a-f]{8}\.parquet$/),
    ])
    expect(callsOf(world, 'AcquireLease')).toHaveLength(1)
    expect(callsOf(world, 'aws-sdk:glue:startDataQualityRulesetEvaluationRun')).toEqual([])
    expect(callsOf(world, 'aws-sdk:glue:startCrawler')).toEqual([])
    expect(world).toMatchObject({ lease: undefined, queued: [], alerts: [] })
  })

  it('with nothing to do succeeds and says so', async () => {
    const world = newWorld({ partitions: [], compacted: { rows: 0, files: 0, bytes: 0 } })
    const result = await world.run(INPUT)
    expect(result).toMatchObject({
      status: 'SUCCEEDED',
      output: { finding: 'nothing to compact: no partition holds more files than its size asks for', published: { partitions: 0 } },
    })
    expect(curatedKeys(world)).toHaveLength(5)
  })

  it('leaves alerts about what landed as they are, whichever way it ends', async () => {
    const world = newWorld()
    const existing = ['quarantine-rate', 'quarantine-rate-halt', 'quality-gate', 'batch-failed', 'crawl-failed']
    for (const kind of existing) world.alertsUp.add(kind)
    world.faults.set('glue:startJobRun.sync', [failure('States.TaskFailed', 'the job failed')])
    expect((await world.run(INPUT)).status).toBe('FAILED')
    expect(world.alerts.map(({ json }) => json.kind)).toEqual(['batch-failed'])
    expect(world.alertsUp).toEqual(new Set([...existing, 'compaction-batch-failed']))
    expect((await world.run(INPUT)).status).toBe('SUCCEEDED')
    expect(world.alerts.map(({ json }) => json.kind)).toEqual(['batch-failed', 'recovered'])
    expect(world.alerts[1]?.text).toContain('over: compaction-batch-failed')
    expect(world.alertsUp).toEqual(new Set(existing))
  })

  it('that lost a row publishes nothing', async () => {
    const world = newWorld({ compacted: { rows: 11, files: 5, bytes: 500 } })
    expect(await world.run(INPUT)).toMatchObject({ status: 'FAILED', error: 'ManifestError' })
    expect(curatedKeys(world)).toHaveLength(5)
    expect(world.queued).toMatchObject([{ dataset: 'orders', error: 'ManifestError', input: INPUT }])
  })

  it('of partitions that are not there is refused', async () => {
    const world = newWorld()
    const result = await world.run({ ...INPUT, partitions: ['order_date=1999-01-01'] })
    expect(result).toMatchObject({ status: 'FAILED', error: 'InvalidInputError' })
    expect(result.cause).toMatch(/^partitions\.0: .* selects no partition of table orders/)
  })
})
