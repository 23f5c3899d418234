import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { root } from '../../setup/places.mjs'

// `npm run check` asks the same; a push that skipped it must not pass.
const asked = async (command: string, ...words: string[]) => {
  const { all, exitCode } = await execa(join(root, 'node_modules', '.bin', command), words, { cwd: root, reject: false, all: true })
  return { all, exitCode }
}

describe('every TypeScript file, of tests and tools too', () => {
  it('has the types that it claims', async () => {
    const { all, exitCode } = await asked('tsc', '--pretty', 'false', '-p', '.')
    expect(exitCode, all).toBe(0)
  }, 180_000)

  it('is formatted and free of what the linter refuses', async () => {
    const { all, exitCode } = await asked('biome', 'check', '--colors=off', '.')
    expect(exitCode, all).toBe(0)
  }, 120_000)
})
