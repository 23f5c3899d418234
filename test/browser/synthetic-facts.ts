import type { BatchFacts, DatasetFacts } from '../../cli/report/facts.ts'
import type { Profile } from '../../functions/domain/batch/manifest/profile.ts'

export const HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">\u2028<!--'
const RULES = ['RowCount > 0', 'IsUnique "order_id"', 'Completeness "customer_id" > 0.95', `ColumnValues "note" != "${HOSTILE}"`]
const DAY_MS = 86_400_000
/** The time at which the report of these facts is made. */
export const NOW = new Date('2025-06-30T12:00:00.000Z')

/** A dataset with a batch a day, the newest an hour ago; every `failEvery`th has failed. Nothing in it is left to chance. */
export function syntheticDataset(dataset: string, batches: number, failEvery = Number.POSITIVE_INFINITY): DatasetFacts {
  const days = Array.from({ length: batches }, (_, index) => new Date(NOW.getTime() - 3_600_000 - (batches - 1 - index) * DAY_MS))
  return {
    dataset,
    owner: 'shop@example.com',
    description: `Orders of the shop ${HOSTILE}`,
    limits: { warnRate: 0.05, haltRate: 0.2 },
    expect: null,
    partitionKeys: ['ingest_date'],
    madeOf: [],
    columns: [
      { name: 'order_id', type: 'string', from: ['Order ID'], sql: null, marks: ['key'] },
      { name: 'order_date', type: null, from: [], sql: `to_date(at) ${HOSTILE}`, marks: ['partition'] },
    ],
    extracts: [
      {
        extractId: 'e2',
        status: 'landed',
        startedAt: NOW.toISOString(),
        seconds: 61,
        lower: '2025-06-29',
        upper: '2025-06-30',
        rows: 420,
        dollars: 0.03,
        error: null,
      },
      {
        extractId: 'e1',
        status: 'failed',
        startedAt: days[0]?.toISOString() ?? '',
        seconds: 12,
        lower: null,
        upper: null,
        rows: null,
        dollars: null,
        error: HOSTILE,
      },
    ],
    preview: {
      columns: ['order_id', 'email', 'note'],
      rows: [
        ['A-1', '(sensitive)', HOSTILE],
        ['A-2', null, 'grüße'],
      ],
    },
    waiting: { since: null, objects: [] },
    paused: null,
    batches: days.map((day, index) => syntheticBatch(dataset, day, index, index % failEvery === failEvery - 1)),
    quarantine: {
      rows: 420,
      partitions: Object.fromEntries(days.slice(-20).map((day) => [`ingest_date=${day.toISOString().slice(0, 10)}`, 21])),
      reasons: [
        {
          reason: 'negative_amount',
          files: { [`s3://raw/${dataset}/ingest_date=2025-06-30/${HOSTILE}.csv`]: 12 },
          examples: [
            { order_id: 'A-1', amount: '-3.50', note: HOSTILE },
            { order_id: 'A-2', amount: null, note: 'grüße, 東京, ‮abc' },
          ],
        },
      ],
    },
  }
}

/** Every fifth batch lacks customers, and has an amount far out. */
function syntheticProfile(rows: number, index: number): Profile {
  const isOdd = index % 5 === 4
  return {
    rows,
    sampled: Math.min(rows, 9500),
    columns: {
      order_id: { nulls: 0, distinct: rows, min: 'A-1', max: HOSTILE },
      customer_id: { nulls: isOdd ? Math.round(rows * 0.08) : 0, distinct: 4000, min: '1', max: '9999' },
      amount: {
        nulls: 3,
        distinct: 900,
        min: '0.50',
        max: isOdd ? '99000.00' : '480.00',
        histogram: { from: 0, width: isOdd ? 100 : 50, counts: isOdd ? [90, 40, 20, 5, 2] : [20, 60, 80, 50, 30, 20, 10, 5, 2, 1] },
      },
      email: { nulls: 12, distinct: 4100, hidden: true },
    },
  }
}

function syntheticBatch(dataset: string, day: Date, index: number, fails: boolean): BatchFacts {
  const startedAt = day.toISOString()
  const date = startedAt.slice(0, 10)
  const batchId = `${dataset}-${startedAt.slice(0, 19).replaceAll(/[-:]/g, '')}Z-${String(index).padStart(8, '0')}`
  const later = (seconds: number) => new Date(day.getTime() + seconds * 1000).toISOString()
  const read = 9000 + ((index * 7919) % 4000)
  const quarantined = index % 29 === 3 ? Math.round(read * 0.09) : Math.round(read * 0.004) + (index % 13)
  const duplicates = 100 + (index % 50)
  const superseded = 300 + (index % 90)
  const source = 'landings'
  return {
    batchId,
    status: fails ? 'failed' : 'succeeded',
    source,
    startedAt,
    closedAt: later(320 + (index % 40)),
    dismissed: null,
    error: fails ? `QualityGateError: Completeness "customer_id" > 0.95: value 0.93 ${HOSTILE}` : null,
    plan: {
      dataset,
      batchId,
      source,
      predicates: [`ingest_date = '${date}'`],
      objects: [
        { key: `raw/${dataset}/ingest_date=${date}/orders.csv`, size: read * 90, sequencer: 'A', partition: { ingest_date: date } },
      ],
      createdAt: startedAt,
    },
    manifest: {
      dataset,
      batchId,
      source,
      contractVersion: 'abc',
      rows: { read, written: read - quarantined - duplicates - superseded, duplicates, superseded, quarantined },
      quarantinedByRule: { negative_amount: quarantined, [`invalid_type:${HOSTILE}`]: index % 5, null_order_id: 0 },
      partitions: [{ path: `order_date=${date}`, values: { order_date: date }, rows: read - quarantined, files: [], replaces: [] }],
      quarantine: { files: [], replaces: [], examples: [] },
      drift: { missing: {}, unknown: {} },
      missingObjects: [],
      profile: syntheticProfile(read - quarantined, index),
      input: { files: 1, bytes: read * 90 },
      metrics: {},
      startedAt: later(20),
      finishedAt: later(200),
    },
    quality: {
      dataset,
      batchId,
      passed: !fails,
      skipped: null,
      score: fails ? 0.75 : 1,
      rules: RULES.map((description, place) => ({
        name: `Rule_${place + 1}`,
        description,
        outcome: fails && place === 2 ? 'FAILED' : 'PASSED',
        ...(place === 2 && { observed: fails ? 0.93 : 0.96 + (index % 7) / 200 }),
        message: fails && place === 2 ? 'Value: 0.93 does not meet the constraint requirement!' : null,
      })),
      problem: null,
      runId: null,
      resultIds: [],
      judgedAt: later(260),
    },
    trace: {
      executionArn: `arn:aws:states:us-east-1:123456789012:execution:sluice-dev-ingest:${batchId}`,
      status: fails ? 'FAILED' : 'SUCCEEDED',
      startedAt,
      stoppedAt: later(320 + (index % 40)),
      error: null,
      steps: [
        { name: 'Prepare', from: 0, seconds: 2, state: 'done' },
        { name: 'Curate', from: 4, seconds: 196, state: 'done' },
        { name: 'Judge quality', from: 200, seconds: 60, state: 'done' },
        { name: 'Publish', from: 262, seconds: 8, state: 'done' },
        { name: 'Crawl', from: 270, seconds: 46 + (index % 40), state: 'done' },
      ],
      transitions: 40,
      crawls: 1,
      functionCalls: 14,
      functionSeconds: 11,
      jobRuns: [{ workerType: 'G.1X', workers: 5, flex: false, seconds: 170, dpuSeconds: null }],
      contract: null,
    },
  }
}
