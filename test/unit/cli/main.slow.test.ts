import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../../setup/places.mjs'

const script = join(root, 'cli', 'main.ts')
const program = (work: string) => [
  '--import',
  import.meta.resolve('tsx'),
  '--input-type=module',
  '--eval',
  `const { main } = await import(${JSON.stringify(script)}); ${work}`,
]
const run = (words: string[]) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const work = `process.exitCode = await main(['node', 'sluice', ...${JSON.stringify(words)}])`
    const child = execFile(
      process.execPath,
      program(work),
      { env: { ...process.env, SLUICE_UP_FOLDER: '/nowhere' } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    )
    child.stdin?.end()
  })

it.each([
  [['nosuch', '--json'], "unknown command 'nosuch'"],
  [['status', '--local', '--json'], 'no pipeline runs on this machine: start one'],
])('%j answers with one object that says what is wrong', async (words, message) => {
  const { code, stdout, stderr } = await run(words)
  expect([code, JSON.parse(stdout)]).toEqual([2, { error: { kind: 'usage', message: expect.stringContaining(message) } }])
  expect(stderr).toContain(message)
})

it('ends quietly when what reads its answer has read enough', async () => {
  const child = spawn(process.execPath, program(`await main(['node', 'sluice', 'schema']); await main(['node', 'sluice', 'schema'])`))
  child.stdout.destroy()
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  expect([code, said]).toEqual([0, ''])
})

it('asks nothing where there is no terminal, and names the flag that answers', async () => {
  const work = `const { isConfirmed } = await import(${JSON.stringify(join(root, 'cli', 'ask.ts'))})
    await isConfirmed('Start it?').catch(({ name, message }) => process.stdout.write(name + ': ' + message))`
  const child = spawn(process.execPath, program(work))
  child.stdin.end()
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  await once(child, 'close')
  expect(said).toMatch(/^UsageError: "Start it\?" needs a terminal to ask: give --yes/)
})
