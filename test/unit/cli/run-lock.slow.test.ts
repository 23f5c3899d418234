import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { root } from '../../../setup/places.mjs'

it('the lock of a dead run lets one of many runs in that find it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-lock-'))
  const script = `import { takeLock } from ${JSON.stringify(join(root, 'cli', 'run', 'folder-lock.ts'))}
    import { setTimeout as sleep } from 'node:timers/promises'
    while (Date.now() < Number(process.argv[1])) {}
    try { takeLock(process.argv[2]); process.stdout.write('in'); await sleep(3000) } catch { process.stdout.write('out') }`
  const lock = join(folder, 'lock')
  writeFileSync(lock, JSON.stringify({ pid: 99_999_999, host: hostname(), began: '1' }))
  const words = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script, String(Date.now() + 1500), lock]
  const runs = await Promise.all(Array.from({ length: 6 }, () => execa(process.execPath, words)))
  rmSync(folder, { recursive: true })
  expect(runs.map(({ stdout }) => stdout).sort()).toEqual(['in', 'out', 'out', 'out', 'out', 'out'])
})
