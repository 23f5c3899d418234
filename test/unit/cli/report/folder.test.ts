import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { BatchFacts } from '../../../../cli/report/facts.ts'
import { readFolder } from '../../../../cli/report/sources/folder.ts'
import { executionKey, manifestKey, planKey, qualityKey } from '../../../../functions/domain/names.ts'
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
