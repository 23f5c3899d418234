import { execa } from 'execa'
import { expect, it } from 'vitest'
import { root } from '../../../setup/places.mjs'

it('the lock of packaging lets a process end that has failed while it holds it', async () => {
  const program = "const Plugin = require('./infra/plugin.cjs'); Plugin.prototype.lock.call({}).then(() => { process.exitCode = 3 })"
  const { exitCode, timedOut } = await execa(process.execPath, ['-e', program], { cwd: root, reject: false, timeout: 30_000 })
  expect({ exitCode, timedOut }).toEqual({ exitCode: 3, timedOut: false })
}, 40_000)
