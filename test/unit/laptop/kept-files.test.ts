import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionRecord } from 'asl-jsonata/records'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createKeeper } from '../../../laptop/pipeline/state/keeper.ts'
import { keptStorage, readWhole, writeWhole } from '../../../laptop/pipeline/state/kept-files.ts'
import { openLog } from '../../../laptop/pipeline/state/log-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-kept-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const execution = (name: string, more: Partial<ExecutionRecord> = {}): ExecutionRecord => ({
  executionArn: name,
  stateMachineArn: 'machine',
  stateMachineName: 'machine',
  name,
  roleArn: 'role',
  status: 'RUNNING',
  input: {},
  startDate: Date.now(),
  redriveCount: 0,
  definition: '{}',
  history: [],
  progress: { children: {} },
  ...more,
})

it('finds executions again, oldest first, a running one as far as it had come', async () => {
  const before = keptStorage(folder)
  const running = execution('second', { startDate: 2 })
  before.executions.set('second', running)
  before.executions.set('first', execution('first', { startDate: 1, status: 'SUCCEEDED', stopDate: Date.now() }))
  running.progress.at = { state: 'Publish Batch', input: {}, variables: {} }
  await sleep(600)
  // No freeze: this process may be killed at any time.
  const after = keptStorage(folder)
  expect([...after.executions.values()].map(({ name }) => name)).toEqual(['first', 'second'])
  expect(after.executions.get('second')?.progress.at?.state).toBe('Publish Batch')
  for (const storage of [before, after]) storage.freeze()
})

it('writes nothing more once frozen, so a stopped run is not recorded as ended', () => {
  const before = keptStorage(folder)
  const running = execution('one')
  before.executions.set('one', running)
  before.freeze()
  before.executions.set('one', Object.assign(running, { status: 'ABORTED' }))
  const after = keptStorage(folder)
  expect(after.executions.get('one')?.status).toBe('RUNNING')
  after.freeze()
})

it('forgets what ended more than 90 days ago', () => {
  const before = keptStorage(folder)
  before.executions.set('old', execution('old', { status: 'SUCCEEDED', startDate: 1, stopDate: Date.now() - 91 * 86_400_000 }))
  before.freeze()
  const after = keptStorage(folder)
  expect([...after.executions.values()]).toEqual([])
  expect(readdirSync(join(folder, 'executions'))).toEqual([])
  after.freeze()
})

it('reads whole files only', () => {
  writeWhole(join(folder, 'a', 'b.json'), { some: 'thing' })
  expect(readWhole(join(folder, 'a', 'b.json'))).toEqual({ some: 'thing' })
  writeFileSync(join(folder, 'cut.json'), '{"som')
  expect(readWhole(join(folder, 'cut.json'))).toBeUndefined()
  expect(readWhole(join(folder, 'none.json'))).toBeUndefined()
})

it('writes what a full disk refused as soon as there is room, and reports both', async () => {
  const told: (string | undefined)[] = []
  const keeper = createKeeper((trouble) => told.push(trouble))
  const before = keptStorage(folder, keeper)
  // A device that takes nothing, where the file is written first.
  const first = join(folder, 'executions', `${createHash('sha256').update('one').digest('hex')}.json.new`)
  symlinkSync('/dev/full', first)
  before.executions.set('one', execution('one', { status: 'SUCCEEDED', stopDate: Date.now() }))
  before.executions.set('two', execution('two', { status: 'SUCCEEDED', stopDate: Date.now() }))
  expect(told).toEqual(['the disk is full'])
  rmSync(first)
  await expect.poll(() => told, { timeout: 10_000 }).toEqual(['the disk is full', undefined])
  keeper.stop()
  const after = keptStorage(folder)
  expect([...after.executions.values()].map(({ name }) => name).sort()).toEqual(['one', 'two'])
  for (const storage of [before, after]) storage.freeze()
})

it('a log has a gap where the disk was full, and goes on', async () => {
  const file = join(folder, 'some.log')
  const log = openLog(file)
  log.write('first\n')
  await expect.poll(() => readFileSync(file, 'utf8')).toBe('first\n')
  const full = openLog('/dev/full')
  for (let line = 0; line < 3; line += 1) {
    full.write('lost\n')
    await sleep(20)
  }
  full.end()
  log.write('second\n')
  await expect.poll(() => readFileSync(file, 'utf8')).toBe('first\nsecond\n')
  log.end()
})
