import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { S3Client } from '@aws-sdk/client-s3'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { s3StagedColumns } from '../../../functions/adapters/s3/staged-columns.ts'
import type { Quality } from '../../../functions/domain/batch/quality.ts'
import { explainFailedRules } from '../../../functions/use-cases/batch/explain-failed-rules.ts'
import { python } from '../../../setup/places.mjs'
import { memoryLake } from './memory-lake.ts'

const BATCH = { dataset: 'flights', batchId: 'flights-b1' }
const KEY = 'staged/flights/batch_id=flights-b1/day=2025-01-13/a.parquet'
let folder: string
let content: Buffer

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-staged-'))
  const file = join(folder, 'a.parquet')
  await execa(python, [fileURLToPath(new URL('./staged_files.py', import.meta.url)), file])
  content = readFileSync(file)
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** S3 with that one object, and how many bytes were asked of it. */
function store() {
  const asked = { bytes: 0 }
  const client = {
    send: async ({ input: { Range } }: { input: { Range: string } }) => {
      const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(Range) ?? []
      const part = content.subarray(Number(from), Number(to) + 1)
      asked.bytes += part.length
      return { Body: { transformToByteArray: async () => new Uint8Array(part) } }
    },
  } as unknown as S3Client
  return { stagedColumns: s3StagedColumns('lake', client), asked }
}

async function explain(rules: string[], { hidden = [] as string[], files = 1, secondsAtEachLook = 0 } = {}) {
  const manifest = {
    ...BATCH,
    source: 'landings',
    contractVersion: 'abc',
    rows: { read: 1100, written: 1100, duplicates: 0, superseded: 0, quarantined: 0 },
    quarantinedByRule: {},
    partitions: [
      {
        path: 'day=2025-01-13',
        values: { day: '2025-01-13' },
        rows: 1100 * files,
        files: Array(files).fill({ key: KEY, bytes: content.length }),
        replaces: [],
      },
    ],
    quarantine: { files: [], replaces: [], hidden },
    drift: { missing: {}, unknown: {} },
    missingObjects: [],
    input: { files: 1, bytes: 1 },
    metrics: {},
    startedAt: '2025-01-13T00:00:00Z',
    finishedAt: '2025-01-13T00:01:00Z',
  }
  const { lake } = memoryLake(new Map([['runs/flights/flights-b1/manifest.json', JSON.stringify(manifest)]]))
  const { stagedColumns, asked } = store()
  const failed = rules.map((description, place): Quality['rules'][number] => ({
    name: `Rule_${place}`,
    description,
    outcome: 'FAILED',
    message: 'Value: 0.87 does not meet the constraint requirement!',
  }))
  let ticks = 0
  const clock = { now: () => new Date(ticks++ * secondsAtEachLook * 1000) }
  const explained = await explainFailedRules(BATCH, failed, { lake, stagedColumns, clock })
  return { messages: explained.map(({ message }) => message?.replace(/\. Value: .*$/s, '')), asked }
}

describe('a rule that a batch failed', () => {
  it('names the rows of the staged files that broke it, and their values', async () => {
    const { messages } = await explain([
      'ColumnValues "origin" in ["EWR","JFK","LGA"]',
      'Completeness "origin" > 0.9999',
      'ColumnValues "fare" < 10.98',
      'IsUnique "id"',
      'ColumnValues "day" in ["2025-01-12"]',
    ])
    expect(messages).toEqual([
      '144 rows have origin PHL',
      '1 row has no origin',
      '2 rows have fare 10.98 (1), 10.99 (1)',
      '1,100 rows have the id of another row, such as 0 (2)',
      '1,100 rows have day 2025-01-13',
    ])
  })

  it('reads the columns of the rule and no others', async () => {
    const { asked } = await explain(['ColumnValues "origin" in ["EWR"]'])
    expect(asked.bytes).toBeLessThan(content.length / 2)
  })

  it('keeps the message of the engine where rows cannot tell, or cannot be read', async () => {
    const { messages } = await explain(['RowCount > 5000', 'ColumnValues "gone" in ["EWR"]'])
    expect(messages).toEqual(Array(2).fill('Value: 0.87 does not meet the constraint requirement!'))
  })

  it('has no value of a hidden column, and says when it did not look at all rows', async () => {
    const { messages } = await explain(['ColumnValues "origin" in ["EWR"]'], { hidden: ['origin'], files: 5, secondsAtEachLook: 15 })
    expect(messages).toEqual(['at least 144 rows have another origin'])
  })
})
