import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { execa, type ResultPromise } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { root } from '../../setup/places.mjs'
import { lastObject, sluice } from './sluice-command.ts'

const CONTRACT = `dataset: orders
owner: shop@example.com
source: { format: csv, options: { header: true }, partition_keys: [day] }
columns: { id: string, amount: int, at: timestamp }
primary_key: [id]
latest_by: [at]
quarantine: { rules: { negative: amount < 0, large: amount > 100 }, warn_rate: 0.1, halt_rate: 0.9 }
quality: Rules = [ IsUnique "id" ]
`

// Each test starts the command several times, on machines that may be busy.
vi.setConfig({ testTimeout: 240_000 })

/** Queues that alerts are sent to, and how each is subscribed. */
const FILTERS = {
  everything: [],
  'bad-rows': ['--dataset', 'orders', '--kind', 'quarantine-rate'],
  failures: ['--dataset', 'orders', '--kind', 'batch-failed', 'raw-crawl-failed'],
  'other-severity': ['--severity', 'critical', 'info'],
}
const queues: Record<string, string> = {}
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`

let folder: string
let up: ResultPromise | undefined
const place = (...parts: string[]) => join(folder, ...parts)
const local = (...words: string[]) => sluice([...words, '--local', '--json'], { env: env() })
// A separate pipeline, beside the one that you may have running.
const env = () => ({ SLUICE_UP_FOLDER: place('up') })

/** A client of the running laptop, as any program may have one. */
function aws<Client>(Type: new (settings: object) => Client): Client {
  const { endpoint, accessKeyId } = JSON.parse(readFileSync(place('up', 'running.json'), 'utf8')) as Record<string, string>
  return new Type({ endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey: 'any' } })
}

// A pipeline that is kept running, a file dropped into its folder, and the questions of a person on call.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-up-test-'))
  mkdirSync(place('contracts'))
  writeFileSync(place('contracts', 'orders.yml'), CONTRACT)
  up = execa(process.execPath, [join(root, 'cli', 'sluice.mjs'), 'up', '--contracts', place('contracts'), '--folder', place('landing')], {
    reject: false,
    all: true,
    env: env(),
  })
  await until(async () => (await sluice(['status', '--local'], { env: env() })).exitCode === 0)
  for (const [queue, words] of Object.entries(FILTERS)) {
    const { QueueUrl } = await aws(SQSClient).send(new CreateQueueCommand({ QueueName: queue }))
    queues[queue] = QueueUrl as string
    await local('subscribe', queueArn(queue), ...words)
  }
  mkdirSync(place('landing', 'orders', 'day=2025-01-01'), { recursive: true })
  const rows = ['a,5', 'b,-1', 'c,500', 'd,7', 'e,8'].map((row) => `${row},2025-01-01T10:00:00`)
  writeFileSync(place('landing', 'orders', 'day=2025-01-01', 'first.csv'), `id,amount,at\n${rows.join('\n')}\n`)
  await until(async () => lastObject<{ batches: { status: string }[] }>((await local('runs')).stdout).batches[0]?.status === 'succeeded')
}, 600_000)
afterAll(async () => {
  up?.kill('SIGINT')
  await up
  rmSync(folder, { recursive: true, force: true })
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 240; tries += 1) {
    if (await holds().catch(() => false)) return
    await sleep(1000)
  }
  up?.kill('SIGINT')
  throw new Error(`it did not come to pass\n${(await up)?.all}`)
}

it('status shows the last good batch, its rate and how fresh the table is', async () => {
  const { exitCode, stdout } = await local('status', 'orders')
  expect(exitCode).toBe(0)
  expect(lastObject(stdout)).toMatchObject({
    datasets: [
      {
        dataset: 'orders',
        waiting: { objects: 0 },
        failed: [],
        lastGood: { rows: { read: 5, written: 3, quarantined: 2 }, quarantineRate: 0.4 },
      },
    ],
  })
})

describe('subscribe', () => {
  const received = async (queue: string) => {
    const { Messages = [] } = await aws(SQSClient).send(
      new ReceiveMessageCommand({ QueueUrl: queues[queue], MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    )
    return Messages.map(({ Body = '{}' }) => (JSON.parse(JSON.parse(Body).Message) as { kind: string }).kind)
  }

  it('sends each the alerts that its filter lets pass, and no others', async () => {
    expect(await received('everything')).toEqual(['quarantine-rate'])
    expect(await received('bad-rows')).toEqual(['quarantine-rate'])
    expect(await received('failures')).toEqual([])
    expect(await received('other-severity')).toEqual([])
  })

  it('says who is subscribed to what, changes a filter, and ends a subscription', async () => {
    const existing = async () =>
      lastObject<{ subscriptions: { endpoint: string; filter: object }[] }>((await local('subscribe')).stdout).subscriptions
    const endpoints = async () => (await existing()).map(({ endpoint }) => endpoint)
    expect(await endpoints()).toEqual(expect.arrayContaining(Object.keys(FILTERS).map(queueArn)))
    await local('subscribe', queueArn('failures'), '--kind', 'recovered')
    expect((await existing()).find(({ endpoint }) => endpoint === queueArn('failures'))).toMatchObject({ filter: { kind: ['recovered'] } })
    expect((await local('subscribe', queueArn('failures'), '--remove')).exitCode).toBe(0)
    expect(await endpoints()).not.toContain(queueArn('failures'))
    const gone = await local('subscribe', queueArn('failures'), '--remove')
    expect([gone.exitCode, gone.stderr]).toEqual([2, expect.stringMatching(/is not subscribed; subscribed: .*bad-rows/)])
  })

  it.each([
    [['nobody'], /not a mail address/],
    [['me@example.com', '--kind', 'bad-day'], /Allowed choices are/],
    [['me@example.com', '--dataset', 'order'], /no dataset "order"; it has orders/],
    [['--kind', 'recovered'], /name the endpoint/],
    [['me@example.com', '--digest', '--kind', 'recovered'], /leave those options out/],
  ])('refuses %j', async (words, why) => {
    expect(await local('subscribe', ...words)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(why) })
  })
})

it('the digest goes to its own subscribers, and is printed in the same words', async () => {
  const { QueueUrl } = await aws(SQSClient).send(new CreateQueueCommand({ QueueName: 'digests' }))
  expect((await local('subscribe', queueArn('digests'), '--digest')).exitCode).toBe(0)
  expect((await local('subscribe')).stdout).not.toContain(queueArn('digests'))
  const { FunctionError } = await aws(LambdaClient).send(new InvokeCommand({ FunctionName: 'sluice-dev-digest' }))
  expect(FunctionError).toBeUndefined()
  const { Messages = [] } = await aws(SQSClient).send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
  expect(Messages).toHaveLength(1)
  const sent = JSON.parse(Messages[0]?.Body ?? '{}') as { Subject: string; Message: string }
  expect(sent.Subject).toBe('[sluice] local: 1 of 1 dataset needs you')
  expect(sent.Message).toMatch(/^! orders .* 1 +3 +40% +1 +\$\d/m)
  const { stdout } = await sluice(['digest', '--local'], { env: env() })
  const withoutTimes = (text: string) => text.trimEnd().split('\n').slice(2)
  expect(withoutTimes(stdout)).toEqual(withoutTimes(sent.Message))
})

describe('logs', () => {
  it('show what a function wrote since a given time, and follow it', async () => {
    const { lines } = lastObject<{ lines: { at: string; message: string }[] }>((await local('logs', 'record-landings')).stdout)
    expect(lines.some(({ message }) => message.includes('LandingsRecorded'))).toBe(true)
    expect(Math.max(...lines.map(({ at }) => Date.parse(at)))).toBeGreaterThan(Date.now() - 600_000)
    expect(lastObject((await local('logs', 'record-landings', '--match', 'no such text')).stdout)).toEqual({ lines: [] })
    expect(lastObject<{ functions: string[] }>((await local('logs')).stdout).functions).toEqual(
      expect.arrayContaining(['moto', 'record-landings', 'spark']),
    )
    const words = ['logs', 'record-landings', '--local', '--follow', '--match', 'LandingsRecorded']
    const follow = execa(process.execPath, [join(root, 'cli', 'sluice.mjs'), ...words], { env: env(), reject: false, buffer: false })
    const followed = follow.iterable()[Symbol.asyncIterator]()
    const next = async () => (await followed.next()).value
    // The lines of the first file show that the command follows now, however long it took to start.
    expect(await next()).toContain('"dataset":"orders","LandingsRecorded":1')
    writeFileSync(place('landing', 'orders', 'day=2025-01-01', 'second.csv'), 'id,amount,at\nf,5,2025-01-02T10:00:00\n')
    expect(await next()).toContain('"dataset":"orders","LandingsRecorded":1')
    follow.kill('SIGINT')
    await followed.return?.()
    await until(async () => {
      const { batches } = lastObject<{ batches: { status: string }[] }>((await local('runs')).stdout)
      return batches.length === 2 && batches.every(({ status }) => status === 'succeeded')
    })
  })
})

it('status is looked at again and again with --watch', async () => {
  const words = ['status', 'orders', '--local', '--watch', '1', '--json']
  const watch = execa(process.execPath, [join(root, 'cli', 'sluice.mjs'), ...words], { env: env(), reject: false, buffer: false })
  const looks = watch.iterable()[Symbol.asyncIterator]()
  for (let look = 0; look < 2; look++) {
    expect(JSON.parse((await looks.next()).value as string)).toMatchObject({ datasets: [{ dataset: 'orders' }] })
  }
  watch.kill('SIGINT')
  await looks.return?.()
})

it('dead letters are counted, explained, and go back to where they came from', async () => {
  const { QueueUrl } = await aws(SQSClient).send(new GetQueueUrlCommand({ QueueName: 'sluice-dev-landings-dlq' }))
  const object = { key: 'raw/orders/day=2025-01-03/lost.csv', size: 9, sequencer: '0A', etag: 'e' }
  const event = { 'detail-type': 'Object Created', time: new Date().toISOString(), detail: { bucket: { name: 'other-bucket' }, object } }
  for (const body of [JSON.stringify(event), 'hello']) await aws(SQSClient).send(new SendMessageCommand({ QueueUrl, MessageBody: body }))

  const status = await local('status')
  expect([status.exitCode, lastObject(status.stdout)]).toMatchObject([1, { deadLetters: { landings: 2, events: 0 } }])
  expect(lastObject((await local('dead-letters', 'list')).stdout)).toMatchObject({
    letters: [{ because: 'will be ignored: foreign-key' }, { goesTo: null, because: 'the message is not JSON' }],
  })
  expect(lastObject((await local('dead-letters', 'redrive', '--discard-unreadable')).stdout)).toMatchObject({ sentBack: 1, discarded: 1 })
  expect((await local('status')).exitCode).toBe(0)
})

describe('quarantine', () => {
  it('is listed, shown by rule with examples and files, and exported', async () => {
    expect(lastObject((await local('quarantine', 'list')).stdout)).toEqual({
      datasets: [{ dataset: 'orders', rows: 2, reasons: { negative: 1, large: 1 } }],
    })
    expect((await local('query', 'SELECT id FROM orders_quarantine ORDER BY id')).stdout).toBe('{"id":"b"}\n{"id":"c"}')
    const shown = lastObject<{ reasons: unknown[] }>((await local('quarantine', 'show', 'orders', '--rule', 'large')).stdout)
    expect(shown.reasons).toEqual([
      {
        reason: 'large',
        rows: 1,
        files: { [`s3://sluice-dev-raw-123456789012-us-east-1/raw/orders/day=2025-01-01/first.csv`]: 1 },
        examples: [{ id: 'c', amount: '500', at: '2025-01-01T10:00:00', day: '2025-01-01' }],
      },
    ])
    const file = place('bad.csv')
    expect(lastObject((await local('quarantine', 'export', 'orders', '--output', file)).stdout)).toEqual({
      output: file,
      rows: 2,
      markedCells: 0,
    })
    expect(readFileSync(file, 'utf8')).toMatch(/^id,amount,at,_errors,.*\r\nb,-1,/)
  })

  it('says how many rows would pass under a contract that is not deployed yet, and what its quality rules make of them', async () => {
    mkdirSync(place('fixed'))
    const fixing = CONTRACT.replace('amount > 100', 'amount > 1000').replace('IsUnique "id"', 'IsUnique "id", ColumnValues "amount" < 500')
    writeFileSync(place('fixed', 'orders.yml'), fixing)

    const now = await local('quarantine', 'replay', 'orders', '--dry-run')
    const fixed = await local('quarantine', 'replay', 'orders', '--dry-run', '--contracts', place('fixed'))
    const elsewhere = await local('quarantine', 'replay', 'orders', '--dry-run', '--partition', 'day=1999-01-01')

    expect(lastObject(now.stdout)).toEqual({ rows: 2, pass: 0, fail: 2, byReason: { negative: 1, large: 1 }, quality: null })
    // The gate is asked too: the row that would pass has an amount of 500.
    expect(lastObject(fixed.stdout)).toMatchObject({
      ...{ rows: 2, pass: 1, fail: 1, byReason: { negative: 1 } },
      quality: { rules: 2, failed: [{ rule: expect.stringContaining('ColumnValues "amount" < 500') }], notJudged: [] },
    })
    expect(lastObject(elsewhere.stdout)).toMatchObject({ rows: 0, quality: null })
  })

  it('can be replayed as often as one likes: what is still bad stays', async () => {
    const { exitCode, stdout, stderr } = await local('quarantine', 'replay', 'orders', '--reason', 'trying')
    expect(exitCode, stderr).toBe(0)
    expect(lastObject(stdout)).toMatchObject({ status: 'SUCCEEDED', rows: { read: 2, written: 0, quarantined: 2 } })
    expect(lastObject((await local('quarantine', 'list')).stdout)).toMatchObject({ datasets: [{ rows: 2 }] })
  })

  it('rows leave when a person discards them, which is recorded; every count follows', async () => {
    const discard = (...words: string[]) => local('quarantine', 'discard', 'orders', ...words)
    expect(await discard('--rule', 'large')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--reason is missing/) })
    expect(await discard('--reason', 'x')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/say which rows/) })
    expect(lastObject((await discard('--rule', 'large', '--dry-run')).stdout)).toMatchObject({ rows: 1, discarded: false })
    expect(lastObject((await discard('--rule', 'large', '--reason', 'a test order', '--yes')).stdout)).toMatchObject({
      rows: 1,
      discarded: true,
    })
    expect(lastObject((await local('quarantine', 'list')).stdout)).toMatchObject({ datasets: [{ rows: 1, reasons: { negative: 1 } }] })
    expect(lastObject((await local('status')).stdout)).toMatchObject({ datasets: [{ quarantine: { rows: 1, reasons: { negative: 1 } } }] })
    expect(lastObject((await local('quarantine', 'list', '--discarded')).stdout)).toMatchObject({
      discards: [{ dataset: 'orders', by: expect.any(String), reason: 'a test order', selection: { rule: 'large' }, rows: 1 }],
    })
  })
})

it('a backfill shows its plan, then reads everything again and changes nothing', async () => {
  const { exitCode, stdout, stderr } = await local('backfill', 'orders', '--all', '--only', 'all', '--yes')
  expect(exitCode, stderr).toBe(0)
  expect(lastObject(stdout)).toMatchObject({
    plan: { partitions: 1, chunks: 1 },
    status: 'SUCCEEDED',
    report: { rows: { read: 6, written: 0, duplicates: 4, quarantined: 2 } },
  })
})

it('redrive finds nothing to do', async () => {
  expect(lastObject((await local('redrive')).stdout)).toEqual({ steps: [], messagesRemoved: 0 })
})

it('doctor finds every permission that services need, and reports what a laptop cannot check', async () => {
  const { exitCode, stdout } = await local('doctor', '--contracts', place('contracts'))
  const { findings } = lastObject<{ findings: { level: string; check: string; message: string }[] }>(stdout)
  const level = (check: string) => findings.filter((each) => each.check === check).map((each) => each.level)
  expect(level('Permissions of roles')).toEqual(['ok'])
  expect(level('Events of the raw bucket')).toEqual(['ok'])
  expect(level('Contracts')).toEqual(['ok'])
  expect(level('Encryption keys')).toEqual(['ok'])
  expect(level('Policies of keys')).toEqual(['ok'])
  // There are no quotas on a laptop.
  expect(level('Glue quotas')).toEqual(['unknown'])
  expect(exitCode).toBe(0)
})

it('the report is one page with every batch', async () => {
  const page = place('report.html')
  expect((await sluice(['report', '--local', '--output', page], { env: env() })).exitCode).toBe(0)
  const { batches } = lastObject<{ batches: { batchId: string }[] }>((await local('runs')).stdout)
  const html = readFileSync(page, 'utf8')
  expect(batches.filter(({ batchId }) => !html.includes(batchId))).toEqual([])
})

it('an error for a mistyped name lists the names that exist', async () => {
  expect(await local('status', 'order')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/no dataset "order"; it has orders/) })
  expect(await local('backfill', 'orders', '--all')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--yes or --dry-run/) })
})

describe('a batch that fails for its file', () => {
  interface Failed {
    batchId: string
    error: string
    drift: string | null
  }
  const failed = async () =>
    lastObject<{ datasets: { failed: Failed[] }[] }>((await local('status', 'orders')).stdout).datasets[0]?.failed ?? []
  const failedAfter = async (file: string, text: string): Promise<Failed | undefined> => {
    const before = (await failed()).map(({ batchId }) => batchId)
    const added = async () => (await failed()).find(({ batchId }) => !before.includes(batchId))
    mkdirSync(place('landing', 'orders', 'day=2025-02-01'), { recursive: true })
    writeFileSync(place('landing', 'orders', 'day=2025-02-01', file), text)
    await until(async () => (await added()) !== undefined)
    return added()
  }

  it('is in status with what differs: another delimiter, columns that the contract does not know', async () => {
    const delimiter = await failedAfter('semicolons.csv', 'id;amount;at\nf;5;2025-02-01T10:00:00\n')
    expect(delimiter?.error).toMatch(/^UnreadableFileError: .*semicolons\.csv .*the delimiter looks like ";"/)
    const columns = await failedAfter('notes.csv', 'id,amount,at,note\ng,-5,2025-02-01T10:00:00,x\n')
    expect(columns).toMatchObject({ error: expect.stringMatching(/^QuarantineRateError: /), drift: 'unknown: note (1 file)' })
    const { exitCode, stdout } = await sluice(['status', '--local'], { env: env() })
    const shown = new RegExp(`failed +${columns?.batchId}, .*\\n +its files differ from the contract: unknown: note \\(1 file\\)`)
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(shown)])
  })

  it('is over when a person dismisses it: who and why is recorded, and nothing of it is left in status', async () => {
    const [first, second] = (await failed()).sort((one, other) => (one.batchId < other.batchId ? -1 : 1)).map(({ batchId }) => batchId)
    const dismiss = (batchId = '', ...words: string[]) => local('dismiss', batchId, ...words)
    const why = ['--reason', 'the shop sends it again']
    expect((await dismiss(first)).exitCode).toBe(2)
    expect(lastObject((await dismiss(first, ...why, '--dry-run')).stdout)).toMatchObject({ batchId: first, dismissed: false })
    expect(await failed()).toHaveLength(2)
    const done = { dataset: 'orders', dismissed: true, because: null, messagesRemoved: 1 }
    expect(lastObject((await dismiss(first, ...why)).stdout)).toEqual({ ...done, batchId: first, quarantined: 0 })
    expect(lastObject((await dismiss(second, ...why)).stdout)).toEqual({ ...done, batchId: second, quarantined: 1 })
    const status = await sluice(['status', '--local'], { env: env() })
    expect([status.exitCode, status.stdout]).toEqual([0, expect.not.stringContaining('failed')])
    expect(lastObject((await local('redrive')).stdout)).toEqual({ steps: [], messagesRemoved: 0 })
    const { stdout } = await sluice(['runs', '--local'], { env: env() })
    expect(stdout).toMatch(new RegExp(`^dismissed ${first}: by ${userInfo().username}, 20.* UTC: the shop sends it again$`, 'm'))
  })
})
