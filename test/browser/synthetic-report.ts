import type { DatasetReport, ReportBatch, ReportData } from '../../cli/report/report-data.ts'

const REASONS = ['missing_customer', 'invalid_type:amount', '<script>alert(1)</script>']
const RULES = ['RowCount > 0', 'IsUnique "order_id"', 'Completeness "customer" > 0.95']

/** A deployment with so many batches; now and then one with too many bad rows, and (where asked) one that failed. */
export function syntheticReport(batches: number, failing: boolean): ReportData {
  const names = Array.from({ length: batches }, (_, index) => batch(index, failing && index % 97 === 13))
  const orders: DatasetReport = {
    dataset: 'orders',
    owner: 'shop@example.com',
    warnRate: 0.05,
    status: { phase: 'idle', waiting: { objects: 0, since: null }, freshnessSeconds: 3720 },
    batches: names,
    partitions: names.map(({ batchId, startedAt }, index) => ({ path: `ingest_date=${startedAt.slice(0, 10)}-${index}`, batchId })),
    rules: RULES,
  }
  const empty: DatasetReport = {
    ...orders,
    dataset: 'returns',
    batches: [],
    partitions: [],
    rules: [],
    status: { ...orders.status, freshnessSeconds: null },
  }
  return { generatedAt: '2025-06-30T12:00:00.000Z', stage: 'dev', datasets: [orders, empty] }
}

function batch(index: number, fails: boolean): ReportBatch {
  const startedAt = new Date(Date.UTC(2025, 0, 1) + index * 3_600_000).toISOString()
  const read = 1000 + ((index * 37) % 400)
  const quarantined = index % 50 === 0 ? 90 : index % 7
  return {
    dataset: 'orders',
    batchId: `orders-${index}`,
    status: fails ? 'failed' : 'succeeded',
    source: 'landings',
    startedAt,
    closedAt: startedAt,
    seconds: 60 + (index % 30),
    error: fails ? 'QualityGateError' : null,
    rows: { read, written: read - quarantined, duplicates: 0, superseded: 0, quarantined },
    quarantineRate: quarantined / read,
    quarantinedByRule: { [REASONS[index % 3] ?? '']: quarantined },
    quality: { passed: fails ? 2 : 3, rules: 3 },
    steps: { scanSeconds: 20, mergeSeconds: 12.5 },
    dollars: 0.08,
    rules: RULES.map((rule, place) => ({ rule, outcome: fails && place === 2 ? 'FAILED' : 'PASSED', message: null })),
    quarantineFiles: [],
  }
}
