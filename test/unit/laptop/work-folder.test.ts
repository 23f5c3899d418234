import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { makeWorkFolder } from '../../../laptop/pipeline/state/work-folder.ts'

it('deletes the folders of killed processes, and no others', () => {
  const parent = mkdtempSync(join(tmpdir(), 'sluice-work-'))
  const { pid: gone } = spawnSync(process.execPath, ['-e', ''])
  const dead = join(parent, `${gone}-abc`)
  const alive = join(parent, `${process.ppid}-abc`)
  for (const folder of [dead, alive]) mkdirSync(folder)
  const mine = makeWorkFolder(parent)
  expect(basename(mine).startsWith(`${process.pid}-`)).toBe(true)
  expect([existsSync(dead), existsSync(alive)]).toEqual([false, true])
  rmSync(parent, { recursive: true, force: true })
})
