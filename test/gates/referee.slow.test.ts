import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, stateFolder } from '../../setup/places.mjs'
import { machine, machineTextWithValues } from '../unit/statemachines/definition.ts'
import { adapterCalls, KEY, notedClient } from './referee/adapter-calls.ts'
import { backfillCalls, extractCalls, ingestCalls } from './referee/machine-calls.ts'
import { type ApiCall, judgeCalls, judgeScripts } from './referee/referee.ts'
import { judgeWire, wireCalls } from './referee/wire-calls.ts'

// AWS's own service models (botocore) judge every call that we make: members, required ones, enums, lengths, patterns, ranges.

const planted = join(stateFolder, 'planted')
afterAll(() => rmSync(planted, { recursive: true, force: true }))
const problemsOf = async (calls: ApiCall[]) => (await judgeCalls(calls)).problems

describe('adapters', () => {
  let calls: ApiCall[]
  beforeAll(async () => {
    calls = await adapterCalls()
  })

  it('make calls that AWS takes, with the longest names', async () => {
    expect(await problemsOf(calls)).toEqual([])
  })

  it('are all asked: no command of functions/ is left out', () => {
    const files = readdirSync(join(root, 'functions'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    const named = files.flatMap((file) => {
      const text = readFileSync(join(root, 'functions', file), 'utf8')
      return [...text.matchAll(/new (\w+)Command\(|\bpaginate(\w+)\(/g)].map(([, command, pages]) => String(command ?? pages))
    })
    // The document client's commands go out under DynamoDB's own names.
    const sent = new Set(calls.map(({ operation }) => operation))
    const isSent = (name: string) => [name, `${name}Item`, `${name}Items`].some((each) => sent.has(each))
    expect([...new Set(named)].filter((name) => !isSent(name))).toEqual([])
    expect(named.length).toBeGreaterThan(20)
  })

  it('are caught with a parameter that AWS does not know', async () => {
    const original = join('functions', 'adapters', 'glue', 'crawlers.ts')
    const text = readFileSync(join(root, original), 'utf8').replace(
      'StartCrawlerCommand({ Name: crawlerName })',
      'StartCrawlerCommand({ CrawlerName: crawlerName } as never)',
    )
    mkdirSync(planted, { recursive: true })
    writeFileSync(join(planted, 'crawlers.ts'), text.replace(/^import type .*$/gm, '').replaceAll(': Crawlers', ''))
    const { glueCrawlers } = await import(join(planted, 'crawlers.ts'))
    const noted: ApiCall[] = []
    await glueCrawlers(notedClient(noted)).start('c')
    expect((await problemsOf(noted)).map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/Missing required parameter in input: "Name"/),
      expect.stringMatching(/Unknown parameter in input: "CrawlerName"/),
    ])
  })
})

describe('what adapters send to S3, SNS and CloudWatch', () => {
  it('is what botocore would send with the same parameters', async () => {
    const calls = await wireCalls()
    expect(new Set(calls.map(({ service }) => service))).toEqual(new Set(['s3', 'sns', 'cloudwatch']))
    expect(await judgeWire(calls)).toEqual([])
    // Parameters of a copy are not encoded by either: S3 wants its source in URL encoding.
    const copy = calls.find(({ operation }) => operation === 'CopyObject')
    expect(decodeURIComponent(copy?.sent.headers['x-amz-copy-source'] ?? '')).toBe(`lake/${KEY}`)
  })

  it('is caught with another key, a header that is missing, and another body', async () => {
    const calls = await wireCalls()
    for (const { operation, sent } of calls) {
      if (operation === 'GetObject') sent.path += '2'
      if (operation === 'PutObject') delete sent.headers['if-none-match']
      if (operation === 'Publish' || operation === 'DeleteObjects')
        sent.body = sent.body?.replace('text', 'test').replace('csv-', 'txt-') ?? ''
      if (operation === 'PutMetricData') sent.body = sent.body?.replace('RowsRead', 'RowsRed') ?? ''
    }
    const caught = new Set((await judgeWire(calls)).map(({ where }) => where.replace('functions/adapters: ', '')))
    expect([...caught].sort()).toEqual(['DeleteObjects', 'GetObject', 'Publish', 'PutMetricData', 'PutObject'])
  })
})

describe('state machines', () => {
  let calls: ApiCall[]
  beforeAll(async () => {
    calls = [...(await ingestCalls()), ...(await backfillCalls()), ...(await extractCalls())]
  })

  it('make calls that AWS takes', async () => {
    expect(await problemsOf(calls)).toEqual([])
  })

  it('are all asked: no Task is left out', () => {
    const files = readdirSync(join(root, 'statemachines')).filter((file) => file.endsWith('.asl.json'))
    const tasks = files.flatMap((file) =>
      [...machineTextWithValues(file.replace('.asl.json', '')).matchAll(/"Resource": "arn:aws:states:::([^"]+)"/g)].map(([, task]) => ({
        task: task as string,
        where: `statemachines/${file}: ${task}`,
      })),
    )
    // Functions are ours; a map's reader and writer are Step Functions' own.
    const called = tasks.filter(({ task }) => !/^(lambda:invoke|s3:)/.test(task)).map(({ where }) => where)
    expect([...new Set(called)].filter((each) => !calls.some(({ where }) => where === each))).toEqual([])
    expect(new Set(called.map((where) => where.split(':')[0])).size).toBe(files.length)
  })

  it('are caught with a parameter, or a value, that AWS does not know', async () => {
    const text = machineTextWithValues('ingest')
      .replace("'NumberOfWorkers'", "'NumberOfWorker'")
      .replace('"{% $batch.job.executionClass %}"', '"CHEAP"')
    expect(text).not.toBe(machineTextWithValues('ingest'))
    const problems = (await problemsOf(await ingestCalls(JSON.parse(text)))).map(({ problem }) => problem)
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/Unknown parameter in input: "NumberOfWorker"/),
        expect.stringMatching(/ExecutionClass: 'CHEAP' is none of FLEX, STANDARD/),
      ]),
    )
    expect(machine('ingest')).toBeDefined()
  })
})

describe('the job', () => {
  it('calls boto3 with parameters that AWS takes', async () => {
    const { calls, problems } = await judgeScripts(join(root, 'glue-scripts'))
    expect(problems).toEqual([])
    expect(calls).toBeGreaterThan(8)
  })

  it('is caught with a parameter that AWS does not know, or one that it lacks', async () => {
    mkdirSync(planted, { recursive: true })
    writeFileSync(
      join(planted, 'store.py'),
      'def f(client, b, k):\n    client.get_object(Bucket=b, Keys=k)\n    client.list_objects_v2(Bucket=b, MaxKeys="1")\n',
    )
    const { problems } = await judgeScripts(planted)
    expect(problems.map(({ problem }) => problem)).toEqual(['unknown parameter Keys', 'lacks Key', expect.stringMatching(/MaxKeys.*int/)])
  })
})
