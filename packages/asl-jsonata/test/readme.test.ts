import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const here = fileURLToPath(new URL('..', import.meta.url))
const run = async (file: string) => (await promisify(execFile)(process.execPath, ['--import', 'tsx', file], { cwd: here })).stdout.trim()

it('prints for the example of the README what the README shows', async () => {
  const text = readFileSync(join(here, 'README.md'), 'utf8')
  const [, example = ''] = text.match(/```ts\n([\s\S]*?)```/) ?? []
  const [, printed] = text.match(/It prints `(.*?)`, at once/) ?? []
  const folder = mkdtempSync(join(here, 'test', '.readme-'))
  try {
    writeFileSync(join(folder, 'example.ts'), example)
    expect(await run(join(folder, 'example.ts'))).toBe(printed)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it('runs the longer example', async () => {
  expect(await run(join(here, 'examples', 'retry-then-choose.ts'))).toBe('SUCCEEDED {"approved":false} after 2 calls and 1 wait')
})
