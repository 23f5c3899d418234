import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { python, pythonEnvironment, root } from '../../setup/places.mjs'

// Each block starts Spark, on machines that may be busy.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 60_000 })

const page = readFileSync(join(root, 'docs', 'tutorial.md'), 'utf8')
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    commands: blocks(section, 'sh').join('\n'),
    output: blocks(section, 'text').flatMap((block) => block.trimEnd().split('\n')),
  }))
  .filter(({ commands }) => commands !== '')

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block]) => block ?? '')
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-tutorial-'))
  // As npm links the command in the clone.
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true })
  symlinkSync(join(root, 'cli', 'sluice.mjs'), join(folder, 'node_modules', '.bin', 'sluice'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.each(sections)('step $title does what the page says', async ({ commands, output }) => {
  const run = await execa('bash', ['-e', '-o', 'pipefail', '-c', commands], { cwd: folder, all: true, reject: false })
  expect(run.exitCode, run.all).toBe(0)
  for (const line of output) expect(run.all).toContain(line)
})

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
