import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createFunctionHost, type FunctionHost } from '../../../laptop/lambda/function-host.ts'

const SOURCE = `
let calls = 0
export const handler = async (event, context) => {
  if (event.fail) throw Object.assign(new Error('no luck'), { name: 'InvalidInputError' })
  if (event.hang) await new Promise(() => setInterval(() => {}, 1000))
  if (event.exit) process.exit(3)
  return { calls: ++calls, place: process.env.PLACE, settle: process.env.SETTLE_SECONDS, name: context.functionName, left: context.getRemainingTimeInMillis() }
}`

let folder: string
let host: FunctionHost
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-host-'))
  writeFileSync(join(folder, 'f.zip'), zipSync({ 'functions/handlers/f.mjs': strToU8(SOURCE) }))
  host = createFunctionHost({
    packageFolder: folder,
    workFolder: join(folder, 'work'),
    endpoint: 'http://localhost',
    accessKeyOf: () => 'k',
  })
  for (const [name, PLACE] of [
    ['one', 'here'],
    ['two', 'there'],
    ['hasty', ''],
  ] as const) {
    host.add({
      name,
      arn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
      roleArn: 'r',
      handler: 'functions/handlers/f.handler',
      runtime: 'nodejs22.x',
      codeKey: 'serverless/sluice/dev/123/f.zip',
      // Only the one that is to run out of time: a busy machine may take a second to start the others.
      timeoutSeconds: name === 'hasty' ? 1 : 20,
      environment: { PLACE, SETTLE_SECONDS: '30' },
    })
  }
})
afterAll(async () => {
  await host.stop()
  rmSync(folder, { recursive: true, force: true })
})

const answer = async (name: string, event: unknown = {}) => {
  const invocation = await host.invoke(name, event)
  return 'payload' in invocation ? JSON.parse(invocation.payload) : invocation.error
}

it('runs the packaged code, each function with its own environment and its own memory', async () => {
  expect(await answer('one')).toMatchObject({ calls: 1, place: 'here', name: 'one' })
  expect(await answer('arn:aws:lambda:us-east-1:123456789012:function:one')).toMatchObject({ calls: 2 })
  expect(await answer('two')).toMatchObject({ calls: 1, place: 'there' })
})

it('shortens the settle time and reports the remaining time', async () => {
  const { settle, left } = await answer('one')
  expect(Number(settle)).toBeLessThan(30)
  expect(left).toBeGreaterThan(0)
  expect(left).toBeLessThanOrEqual(20_000)
})

it('gives a thrown error under its name', async () => {
  expect(await answer('one', { fail: true })).toMatchObject({ errorType: 'InvalidInputError', errorMessage: 'no luck' })
})

it('ends an invocation at its timeout, and serves the next one anew', async () => {
  expect(await answer('hasty', { hang: true })).toMatchObject({ errorType: 'Sandbox.Timedout' })
  expect(await answer('hasty', { hang: true })).toMatchObject({ errorType: 'Sandbox.Timedout' })
  expect(await answer('two')).toMatchObject({ calls: 2 })
})

it('survives a function that exits', async () => {
  expect(await answer('one', { exit: true })).toMatchObject({ errorType: 'Runtime.ExitError' })
  expect(await answer('one')).toMatchObject({ calls: 1 })
})
