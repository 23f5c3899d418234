import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageOnce } from '../../infra/package-once.ts'
import { root } from '../../local/setup/places.mjs'

// Who watches the gates: each break of the packaged template, and the gate that must stop it.
const BREAKS: [name: string, gate: string, was: string, becomes: string][] = [
  ['a renamed variable', 'functions', '"CRAWL_QUEUE_URL"', '"CRAWLS_QUEUE_URL"'],
  ['a missing permission of a machine', 'machines', '"glue:BatchStopJobRun"', '"glue:GetJobRun"'],
  ['a permission that nothing uses', 'grants', '"dynamodb:UpdateItem"', '"dynamodb:Scan"'],
  ['a misspelt event', 'events', '"Object Created"', '"Object created"'],
  ['a policy for a job that is not there', 'policies', ':job/${CurateJob}"', ':job/sluice-dev-curates"'],
  ['a dropped redrive policy', 'queues', '"RedrivePolicy"', '"Tags"'],
  ['too short a visibility', 'queues', '"VisibilityTimeout": 400', '"VisibilityTimeout": 60'],
  ['data that goes with the stack', 'storage', '"RetainExceptOnCreate"', '"Delete"'],
  ['a machine without a substitution', 'lint', '"CrawlWaitSeconds"', '"CrawlWait"'],
]
const TEMPLATE = 'cloudformation-template-update-stack.json'

const work = mkdtempSync(join(tmpdir(), 'sluice-broken-'))
let whole: string
beforeAll(async () => {
  whole = await packageOnce()
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

/** Runs one gate over a copy of the package in which one text is another. */
async function judged(gate: string, was: string, becomes: string) {
  const folder = mkdtempSync(join(work, 'package-'))
  cpSync(whole, folder, { recursive: true })
  const text = readFileSync(join(folder, TEMPLATE), 'utf8')
  const broken = text.replace(was, () => becomes)
  expect(broken === text && was !== becomes, 'the break changes nothing').toBe(false)
  writeFileSync(join(folder, TEMPLATE), broken)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  return execa(process.execPath, [vitest, 'run', `test/contract/${gate}.test.ts`, '--reporter=dot'], {
    cwd: root,
    env: { SLUICE_JUDGED_PACKAGE: folder },
    reject: false,
    all: true,
  })
}

describe('the gates', () => {
  it.each(BREAKS)(
    'stop %s',
    async (_, gate, was, becomes) => {
      const { exitCode, all } = await judged(gate, was, becomes)
      expect(exitCode, all).not.toBe(0)
      expect(all).toContain('Failed Tests')
    },
    120_000,
  )

  it('let the template pass as it stands', async () => {
    const { exitCode, all } = await judged('queues', '', '')
    expect(exitCode, all).toBe(0)
  }, 120_000)
})
