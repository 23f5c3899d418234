import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { python, pythonEnvironment } from '../../setup/places.mjs'
import { followTutorial } from './tutorial.ts'

const folder = followTutorial()

it('ends with every row in the table', async () => {
  const files = `import sys, pyarrow.dataset as ds
rows = ds.dataset(sys.argv[1], format="parquet").to_table().to_pylist()
print(sorted((row["order_id"], str(row["amount"]), row["status"]) for row in rows))`
  const { stdout } = await execa(python, ['-c', files, join(folder, 'tutorial', 'repaired', 'curated', 'orders')], {
    env: pythonEnvironment(),
  })
  const rows = [
    ["(1001, '25.00', 'paid')", "(1002, '12.50', 'paid')", "(1003, '99.90', 'paid')", "(1004, '5.25', 'paid')", "(1005, '41.00', 'paid')"],
    ["(1006, '18.00', 'paid')", "(1007, '-18.00', 'refund')", "(1008, '7.75', 'paid')", "(1009, 'None', 'paid')"],
    ["(1010, '30.00', 'paid')", "(1011, '12.00', 'returned')"],
  ]
  expect(stdout).toBe(`[${rows.flat().join(', ')}]`)
})
