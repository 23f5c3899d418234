import { describe, expect, it } from 'vitest'
import type { BatchFacts, DatasetFacts } from '../../../../cli/report/facts.ts'
import { buildModel } from '../../../../cli/report/model/build-model.ts'
import { NOW, syntheticDataset } from '../../../browser/synthetic-facts.ts'

const AWS = { kind: 'aws', name: 'sluice-prod' } as const
const FOLDER = { kind: 'folder', name: 'out' } as const

function model(facts: DatasetFacts, source: typeof AWS | typeof FOLDER = AWS, now = NOW) {
  const [dataset] = buildModel([facts], source, now).datasets
  if (!dataset) throw new Error('no dataset')
  return dataset
}
function withLast(facts: DatasetFacts, change: (batch: BatchFacts) => Partial<BatchFacts>): DatasetFacts {
  const last = facts.batches.at(-1) as BatchFacts
  return { ...facts, batches: [...facts.batches.slice(0, -1), { ...last, ...change(last) }] }
}

describe('the verdict', () => {
  it('is good when the last batches came as they usually do', () => {
    const { verdict, findings, usualSeconds } = model(syntheticDataset('orders', 10))
    expect({ verdict, findings, usualSeconds }).toEqual({ verdict: 'good', findings: [], usualSeconds: 86_400 })
  })

  it('is failed while a failed batch exists, whatever has succeeded since', () => {
    const { verdict, findings } = model(syntheticDataset('orders', 10, 6))
    expect(verdict).toBe('failed')
    expect(findings[0]).toMatch(/^orders-20250626T110000Z-00000005 failed on 2025-06-26: QualityGateError/)
  })

  it('tells no rate to stay below where the contract has none, as of a gold dataset', () => {
    expect(model({ ...syntheticDataset('orders', 3), limits: { warnRate: 1, haltRate: 1 } }).limits).toBeNull()
    expect(model(syntheticDataset('orders', 3)).limits).toEqual({ warnRate: 0.05, haltRate: 0.2 })
  })

  it('asks for a look when the last batch is above the rate at which the contract warns', () => {
    const facts = { ...syntheticDataset('orders', 10), limits: { warnRate: 0.001, haltRate: 1 } }
    expect(model(facts)).toMatchObject({
      verdict: 'attention',
      findings: [expect.stringMatching(/quarantined; the contract warns above 0.1%/)],
    })
  })

  it('asks for a look when files differ from the contract', () => {
    const facts = withLast(syntheticDataset('orders', 3), ({ manifest }) => ({
      manifest: manifest && { ...manifest, drift: { missing: { amount: 2 }, unknown: { colour: 1 } } },
    }))
    expect(model(facts).findings).toEqual(["The last batch's files differ from the contract in amount, colour."])
  })

  it('is late when nothing came for twice as long as it hardly ever takes', () => {
    const inThreeDays = new Date(NOW.getTime() + 3 * 86_400_000)
    expect(model(syntheticDataset('orders', 10), AWS, inThreeDays).verdict).toBe('late')
    expect(model(syntheticDataset('orders', 3), AWS, inThreeDays).verdict).toBe('good')
    expect(model(syntheticDataset('orders', 10), FOLDER, inThreeDays).verdict).toBe('good')
  })

  it('stays good while the next batch runs, and says when the first one does', () => {
    const running = () => ({ status: 'running' as const, closedAt: null, manifest: null, quality: null, trace: null })
    expect(model(withLast(syntheticDataset('orders', 6), running)).verdict).toBe('good')
    expect(model(withLast(syntheticDataset('orders', 1), running)).verdict).toBe('running')
    expect(model(syntheticDataset('orders', 0)).verdict).toBe('empty')
  })

  it('says of a dismissed batch who ended it, when and why, and offers no redrive', () => {
    const dismissed = { by: 'ada', reason: 'the supplier sends it again', at: '2025-03-04T05:06:07.000Z' }
    const { batches } = model(withLast(syntheticDataset('orders', 6), () => ({ status: 'dismissed' as const, dismissed })))
    expect(batches.find(({ status }) => status === 'dismissed')).toMatchObject({
      dismissed: 'by ada, 2025-03-04 05:06 UTC: the supplier sends it again',
      redrive: null,
    })
    expect(batches.filter(({ dismissed: words }) => words !== null)).toHaveLength(1)
  })

  it('puts datasets that need attention before the others', () => {
    const facts = [syntheticDataset('a', 5), syntheticDataset('b', 5, 5), syntheticDataset('c', 0)]
    expect(buildModel(facts, AWS, NOW).datasets.map(({ dataset }) => dataset)).toEqual(['b', 'c', 'a'])
  })
})

describe('partitions', () => {
  const one = syntheticDataset('orders', 3)

  it('are in the order of their paths, each with its state', () => {
    const waiting = { since: NOW.toISOString(), objects: [{ size: 7, partition: { ingest_date: '2025-07-01' } }] }
    const { partitions } = model({ ...syntheticDataset('orders', 3, 3), waiting })
    expect(partitions.map(({ path, state }) => [path, state])).toEqual([
      ['ingest_date=2025-06-28', 'curated'],
      ['ingest_date=2025-06-29', 'curated'],
      ['ingest_date=2025-06-30', 'failed'],
      ['ingest_date=2025-07-01', 'landed'],
    ])
  })

  it('have the exact share of a batch that held nothing else', () => {
    const [first] = model(one).partitions
    const read = one.batches[0]?.manifest?.rows.read ?? 0
    expect(first).toMatchObject({ inQuarantine: 21, quarantinedShare: 21 / read, shareIsEstimate: false })
  })

  it('share the rows of a batch by their bytes where it held several, and say so', () => {
    const facts = withLast(one, ({ plan, manifest }) => ({
      plan: plan && {
        ...plan,
        objects: [
          { key: 'a', size: 300, sequencer: 'A', partition: { ingest_date: '2025-06-30' } },
          { key: 'b', size: 100, sequencer: 'B', partition: { ingest_date: '2025-06-01' } },
        ],
      },
      manifest: manifest && { ...manifest, rows: { ...manifest.rows, read: 400 } },
    }))
    const last = model(facts).partitions.at(-1)
    expect(last).toMatchObject({ path: 'ingest_date=2025-06-30', quarantinedShare: 21 / 300, shareIsEstimate: true })
  })

  it('know which of them a person chose for a batch', () => {
    const facts = withLast(one, ({ plan }) => ({
      source: 'raw',
      plan: plan && { ...plan, source: 'raw', objects: [], predicates: ["ingest_date >= '2025-06-29'"] },
    }))
    expect(model(facts).partitions.map(({ path, batches }) => [path, batches])).toEqual([
      ['ingest_date=2025-06-28', [0]],
      ['ingest_date=2025-06-29', [1, 2]],
      ['ingest_date=2025-06-30', [2]],
    ])
  })
})

describe('counts', () => {
  it('add up over batches, and the table has the newest count of each partition', () => {
    const facts = syntheticDataset('orders', 3)
    const same = { path: 'order_date=2025-01-01', values: {}, files: [], replaces: [] }
    const batches = facts.batches.map((batch, place) => ({
      ...batch,
      manifest: batch.manifest && { ...batch.manifest, partitions: [{ ...same, rows: 10 * (place + 1) }] },
    }))
    const { totals } = model({ ...facts, batches })
    expect(totals).toMatchObject({ batches: 3, succeeded: 3, failed: 0, tableRows: 30, tablePartitions: 1, inQuarantine: 420 })
    expect(totals.rows.read).toBe(facts.batches.reduce((sum, { manifest }) => sum + (manifest?.rows.read ?? 0), 0))
  })

  it('of a rule follow its text, whatever its number', () => {
    const facts = withLast(syntheticDataset('orders', 2), ({ quality }) => ({
      quality: quality && { ...quality, rules: [...quality.rules].reverse() },
    }))
    const { rules, batches } = model(facts)
    expect(rules.map(({ passed, failed }) => [passed, failed])).toEqual([2, 2, 2, 2].map((passed) => [passed, 0]))
    expect(batches[1]?.quality?.outcomes.map(({ rule }) => rule)).toEqual([3, 2, 1, 0])
  })

  it('of reasons leave out those that no row has', () => {
    const { reasons } = model(syntheticDataset('orders', 2))
    expect(reasons.map(({ reason }) => reason.slice(0, 12))).toEqual(['negative_amo', 'invalid_type'])
    expect(reasons[0]?.examples).toHaveLength(2)
  })
})

describe('cost', () => {
  it('is made of the job, the quality run, two crawls, transitions, functions and requests, at the least that is billed', () => {
    const [batch] = model(syntheticDataset('orders', 1)).batches
    // 5 workers for 170 s; 5 for 60 s; 2 crawls of 2 DPUs for 10 minutes; 40 transitions.
    expect(batch?.cost).toEqual({
      curate: 0.1039,
      quality: 0.0367,
      crawls: 0.2933,
      orchestration: 0.001,
      functions: 0.0001,
      requests: 0.0001,
      total: 0.435,
    })
  })

  it('is unknown without the history', () => {
    const facts = withLast(syntheticDataset('orders', 1), () => ({ trace: null }))
    expect(model(facts)).toMatchObject({ totals: { dollars: null }, batches: [{ cost: null }] })
    expect(model(facts).batches[0]?.steps.map(({ name }) => name)).toEqual(['Prepare', 'Curate', 'Judge quality', 'Publish'])
  })
})
