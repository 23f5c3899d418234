import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execaSync } from 'execa'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { BatchFacts } from '../../../../cli/report/facts.ts'
import { readFolder } from '../../../../cli/report/sources/folder.ts'
import { keepContract } from '../../../../cli/report/sources/kept-contract.ts'
import { contractSchema } from '../../../../functions/domain/contract/contract.ts'
import { executionKey, manifestKey, planKey, qualityKey } from '../../../../functions/domain/names.ts'
import { python } from '../../../../setup/places.mjs'
import { syntheticDataset } from '../../../browser/synthetic-facts.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-report-folder-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function leave(key: string, content: unknown): void {
  const file = join(folder, key)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
}
const [good, bad] = syntheticDataset('orders', 2, 2).batches as [BatchFacts, BatchFacts]

it('takes status, times and limits from the execution that the run has noted', async () => {
  const contract = { owner: 'a@example.com', warnRate: 0.02, haltRate: 0.5 }
  leave(planKey('orders', bad.batchId), bad.plan)
  leave(executionKey('orders', bad.batchId), { ...bad.trace, error: 'QuarantineRateError: 60%', contract })
  const [dataset] = await readFolder(folder)
  expect(dataset).toMatchObject({ dataset: 'orders', owner: 'a@example.com', limits: { warnRate: 0.02, haltRate: 0.5 }, waiting: null })
  expect(dataset?.batches).toMatchObject([
    { status: 'failed', error: 'QuarantineRateError: 60%', startedAt: bad.startedAt, manifest: null },
  ])
})

it('shows from the files alone how far a batch came, when its execution was not recorded', async () => {
  for (const batch of [good, bad]) {
    leave(planKey('orders', batch.batchId), batch.plan)
    leave(manifestKey('orders', batch.batchId), batch.manifest)
    leave(qualityKey('orders', batch.batchId), batch.quality)
  }
  leave(planKey('orders', 'orders-20250101T010203Z-0a1b2c3d'), 'cut off {')
  const [dataset] = await readFolder(folder)
  const told = Object.fromEntries((dataset?.batches ?? []).map(({ batchId, status, error }) => [batchId, [status, error]]))
  expect(told).toEqual({
    [good.batchId]: ['succeeded', null],
    [bad.batchId]: ['failed', 'its data did not pass the quality rules'],
    'orders-20250101T010203Z-0a1b2c3d': ['failed', 'it wrote no manifest'],
  })
  expect(dataset?.batches.find(({ batchId }) => batchId.endsWith('0a1b2c3d'))?.startedAt).toBe('2025-01-01T01:02:03.000Z')
})

it('names the right folder when you give one that no run wrote', async () => {
  await expect(readFolder(folder)).rejects.toThrow(/--input .*: has no runs\/; name the --output of/)
})

// Written by pyarrow; as a run leaves a table of three columns.
const TABLE = `
import sys, pathlib, pyarrow as pa, pyarrow.parquet as pq
folder = pathlib.Path(sys.argv[1], "curated/orders/day=2025-01-01")
folder.mkdir(parents=True)
pq.write_table(pa.table({"id": [str(n) for n in range(40)], "email": ["a@secret.example"] * 39 + [None]}), folder / "a.parquet")
`

it('shows columns and a few rows where the run has kept its contract, and no value of a sensitive column', async () => {
  execaSync(python, ['-c', TABLE, folder])
  leave(manifestKey('orders', good.batchId), good.manifest)
  expect(await readFolder(folder)).toMatchObject([{ columns: null, preview: null }])
  await keepContract(CONTRACT, folder)
  const [dataset] = await readFolder(folder)
  expect(dataset?.columns?.map(({ name, type }) => [name, type])).toEqual([
    ['id', 'string'],
    ['email', 'string'],
    ['day', 'string'],
  ])
  expect(dataset?.preview?.columns).toEqual(['id', 'email', 'day'])
  expect(dataset?.preview?.rows).toHaveLength(10)
  expect(dataset?.preview?.rows[3]).toEqual(['3', '(sensitive)', '2025-01-01'])
  expect(JSON.stringify(dataset)).not.toContain('secret')
  expect(await readFolder(folder, { rows: false })).toMatchObject([{ preview: null, quarantine: null }])
})

const CONTRACT = {
  ...contractSchema.parse({
    dataset: 'orders',
    owner: 'a@example.com',
    source: { format: 'csv' },
    columns: { id: 'string', email: { type: 'string', sensitive: true }, day: 'string' },
    primary_key: ['id'],
    curated: { partition_by: ['day'] },
  }),
  version: 'v',
}
