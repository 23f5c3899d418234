import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { laptopLog } from '../../../../cli/logs/laptop-log.ts'
import type { LogSelection } from '../../../../cli/logs/log.ts'
import { UsageError } from '../../../../cli/usage-error.ts'

const NOON = '2025-01-01T12:00:00.000Z'
const ELEVEN = '2025-01-01T11:00:00.000Z'

let folder: string
const path = () => join(folder, 'sluice-dev-start-batch.log')
const line = (timestamp: string, message: string) => `${JSON.stringify({ timestamp, message })}\n`

/** Each call gives the messages of one reading. */
function reading(selection: Partial<LogSelection> = {}): () => Promise<string[]> {
  const log = laptopLog(folder, 'sluice-dev', 'start-batch', { since: new Date(0), ...selection })
  return async () => (await log()).map(({ message }) => message)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-log-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the log of a function on this machine', () => {
  it('leaves out what is older than asked for, and whatever follows it without a time', async () => {
    writeFileSync(path(), `${line(ELEVEN, 'old')}at old.ts:1\n${line(NOON, 'new')}at new.ts:1\n`)

    expect(await reading({ since: new Date(NOON) })()).toEqual([line(NOON, 'new').trimEnd(), 'at new.ts:1'])
  })

  it('takes the time of metrics as well', async () => {
    const metrics = JSON.stringify({ _aws: { Timestamp: Date.parse(ELEVEN) }, LandingsRecorded: 1 })
    writeFileSync(path(), `${metrics}\n`)

    expect(await reading({ since: new Date(NOON) })()).toEqual([])
    expect(await reading({ since: new Date(ELEVEN) })()).toEqual([metrics])
  })

  it('gives only lines with the text that is looked for', async () => {
    writeFileSync(path(), 'batch b1\nbatch b2\n')

    expect(await reading({ match: 'b2' })()).toEqual(['batch b2'])
  })

  it('gives each line once, as it comes', async () => {
    writeFileSync(path(), 'one\n')
    const read = reading({ follow: true })

    expect(await read()).toEqual(['one'])
    expect(await read()).toEqual([])
    appendFileSync(path(), 'two\r\nthree\n')
    expect(await read()).toEqual(['two', 'three'])
  })

  it('waits for the end of a line that is being written, in the middle of a character or not', async () => {
    const whole = Buffer.from('größer\n')
    writeFileSync(path(), whole.subarray(0, 3))
    const read = reading({ follow: true })

    expect(await read()).toEqual([])
    appendFileSync(path(), whole.subarray(3))
    expect(await read()).toEqual(['größer'])
  })

  it('gives a line that stays without an end', async () => {
    writeFileSync(path(), 'whole\nkilled in the mid')
    const read = reading({ follow: true })

    expect(await read()).toEqual(['whole'])
    expect(await read()).toEqual(['killed in the mid'])
    expect(await reading()()).toEqual(['whole', 'killed in the mid'])
  })

  it('begins again with a pipeline that was started anew', async () => {
    writeFileSync(path(), 'the first pipeline\n')
    const read = reading({ follow: true })
    await read()
    writeFileSync(path(), 'the next\n')

    expect(await read()).toEqual(['the next'])
  })

  it('names what has written something when asked for what has not', () => {
    writeFileSync(path(), '')

    expect(() => laptopLog(folder, 'sluice-dev', 'start', { since: new Date(0) })).toThrow(
      new UsageError('"start" has no log on this machine; there is start-batch'),
    )
  })
})
