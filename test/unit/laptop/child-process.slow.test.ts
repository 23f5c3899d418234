import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { startLineProcess } from '../../../laptop/aws/child-process.ts'
import { root } from '../../../setup/places.mjs'

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it('leaves no server behind a parent that is killed', async () => {
  const script = `
    const { startMoto } = await import(${JSON.stringify(join(root, 'laptop', 'aws', 'moto.ts'))})
    const moto = await startMoto()
    console.log(JSON.stringify({ pid: moto.pid }))
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const { pid } = JSON.parse(line.toString())
  expect(isAlive(pid)).toBe(true)
  parent.kill('SIGKILL')
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 })
})

it('says why a process ended', async () => {
  const child = startLineProcess(process.execPath, ['-e', 'console.error("no disk"); process.exit(1)'], {})
  expect(await child.ended).toBe('no disk')
  await child.stop()
})

it('says that a command is not there', async () => {
  const child = startLineProcess('/no/such/command', [], {})
  expect(await child.ended).toMatch(/ENOENT/)
  await child.stop()
})
