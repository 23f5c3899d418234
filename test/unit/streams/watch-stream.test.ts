import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lambdaStreamMappings } from '../../../functions/adapters/lambda/stream-mappings.ts'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { type Mapping, readingOf, troubleInWords } from '../../../functions/domain/stream/mapping.ts'
import type { AlertMessage } from '../../../functions/ports/alerts.ts'
import { intakeAlerts } from '../../../functions/use-cases/intake/intake-alerts.ts'
import { watchStream } from '../../../functions/use-cases/streams/watch-stream.ts'

const CLICKS = { kind: 'kafka', name: 'clicks' } as const
const mapping = (more: Partial<Mapping> = {}): Mapping => ({
  id: 'm-1',
  state: 'Enabled',
  lastResult: 'OK',
  reason: 'USER_INITIATED',
  ...more,
})
/** The sentence about a mapping; undefined where there is no trouble. */
const sentence = (found: Mapping | undefined) => {
  const reading = readingOf(found)
  return 'words' in reading || reading.is === 'disabled' || reading.is === 'missing' ? troubleInWords(CLICKS, reading) : undefined
}

describe('what Lambda tells of a stream', () => {
  // The results of the examples in https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html and of the AWS CLI.
  it.each(['OK', 'No records processed', 'PROBLEM: Function call failed', '', undefined])('is no trouble: %s', (lastResult) => {
    expect(sentence(mapping({ lastResult }))).toBeUndefined()
  })

  // https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-troubleshoot.html names these, with and without the word in front.
  it.each([
    'Cluster failed to authorize Lambda',
    'SASL authentication failed',
    'Server failed to authenticate Lambda',
    'Lambda failed to authenticate server',
    'Provided certificate or private key is invalid',
  ])('is told in its own words: %s', (words) => {
    for (const lastResult of [words, `PROBLEM: ${words}`, `PROBLEM: ${words}.\n`])
      expect(sentence(mapping({ lastResult }))).toBe(`topic clicks cannot be read: ${words}`)
  })

  it('is told in words, whatever they are', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_:-]{1,12}$/)
    const words = fc.array(word, { minLength: 4, maxLength: 20 }).map((all) => all.join(' '))
    fc.assert(
      fc.property(words, fc.constantFrom('Enabled', undefined), (text, state) => {
        expect(readingOf(mapping({ state, lastResult: `PROBLEM: ${text}` }))).toEqual(
          /^function call failed/i.test(text) ? { is: 'failing' } : { is: 'unreadable', words: text },
        )
      }),
    )
  })

  // https://docs.aws.amazon.com/lambda/latest/dg/services-mq-errors.html
  it.each([
    ['ESM_CONFIG_NOT_VALID', 'the configuration of its event source mapping is not valid'],
    ['EVENT_SOURCE_AUTHN_ERROR', 'Lambda cannot sign in to it'],
    ['EVENT_SOURCE_AUTHZ_ERROR', 'Lambda is not allowed to read it'],
    ['FUNCTION_CONFIG_NOT_VALID', 'the configuration of its function is not valid'],
  ])('has a code as the reason of its state, which is told in words: %s', (reason, words) => {
    expect(sentence(mapping({ reason, lastResult: 'No records processed' }))).toBe(`topic clicks cannot be read: ${words}`)
    expect(sentence(mapping({ reason, state: 'Disabled' }))).toBe(
      `topic clicks is not read: its event source mapping is disabled: ${words}`,
    )
  })

  it.each(['User action', 'USER_INITIATED'])('is a mapping that a person disabled: %s', (reason) => {
    const found = mapping({ state: 'Disabled', reason, lastResult: 'PROBLEM: Function call failed' })
    expect(sentence(found)).toBe('topic clicks is not read: its event source mapping is disabled')
  })

  it('is a mapping that is gone', () => {
    expect(sentence(undefined)).toBe('topic clicks is not read: its event source mapping is missing')
  })
})

const contractOf = (source: string) => {
  const parsed = parseContract(
    `dataset: clicks\nowner: web@example.com\nsource: ${source}\ncolumns: { id: string }\nprimary_key: [id]\n`,
    'clicks.yml',
  )
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.contract
}
const TOPIC = contractOf('{ kafka: { connection: events, topic: clicks } }')
const GONE = mapping({ lastResult: 'PROBLEM: the topic is gone' })

/** Sweeps that find the mapping each in its state; `refusals`: as many messages SNS refuses. */
function sweeps({ refusals = 0, contract = TOPIC } = {}) {
  const sent: AlertMessage[] = []
  const asked: string[] = []
  const left = { refusals }
  const publish = async (message: AlertMessage) => {
    if (left.refusals-- > 0) throw new Error('Rate exceeded')
    sent.push(message)
  }
  const clock = { now: () => new Date('2026-03-01T12:00:00Z') }
  const { alertStates } = inMemoryLedger(clock)
  const alerts = intakeAlerts({ alertStates, topic: { publish }, clock }, { stage: 'prod' })
  const sweep = (found: Mapping | undefined) => {
    const find = async (name: string) => (asked.push(name), found)
    return watchStream(contract, { streamMappings: { find }, alerts, settings: { prefix: 'sluice-prod' } })
  }
  return { sweep, asked, sent, told: () => sent.map(({ json }) => `${json.kind}: ${json.message}`) }
}

describe('a sweep', () => {
  it('reports once that a topic cannot be read, and once that it can again', async () => {
    const { sweep, asked, sent, told } = sweeps()
    for (const found of [mapping(), GONE, GONE, mapping({ lastResult: 'PROBLEM: the brokers do not answer' }), mapping(), mapping()])
      await sweep(found)
    expect(told()).toEqual([
      'stream-not-read: clicks: topic clicks cannot be read: the topic is gone',
      'recovered: clicks: topic clicks is read; over: stream-not-read',
    ])
    expect(sent[0]?.json).toMatchObject({
      severity: 'critical',
      owner: 'web@example.com',
      hint: 'What has landed stays. Lambda keeps trying, and reads on where it stopped when the cause is gone.',
      next: ['npx --no-install sluice status clicks --stage prod'],
    })
    expect(new Set(asked)).toEqual(new Set(['sluice-prod-land_clicks']))
  })

  it('reports a topic that is gone a second time', async () => {
    const { sweep, sent } = sweeps()
    for (const found of [GONE, mapping(), GONE]) await sweep(found)
    expect(sent.map(({ attributes }) => attributes.kind)).toEqual(['stream-not-read', 'recovered', 'stream-not-read'])
  })

  it('tells how a mapping that a person disabled is enabled, which is no emergency', async () => {
    const { sweep, sent } = sweeps()
    await sweep(mapping({ state: 'Disabled' }))
    expect(sent[0]?.json).toMatchObject({
      severity: 'warning',
      message: 'clicks: topic clicks is not read: its event source mapping is disabled',
      hint: expect.stringMatching(/ aws lambda update-event-source-mapping --uuid m-1 --enabled$/),
    })
  })

  it('reports a stream of Kinesis too, and a mapping that is missing', async () => {
    const { sweep, told } = sweeps({ contract: contractOf('{ kinesis: { stream: clicks } }') })
    await sweep(undefined)
    expect(told()).toEqual(['stream-not-read: clicks: stream clicks is not read: its event source mapping is missing'])
  })

  it.each(['Creating', 'Enabling', 'Updating', 'Disabling', 'Deleting'])('says nothing of a mapping that is %s', async (state) => {
    const { sweep, told } = sweeps()
    const changing = mapping({ state, lastResult: 'PROBLEM: x' })
    for (const found of [changing, GONE, { ...changing, lastResult: 'OK' }, mapping()]) await sweep(found)
    expect(told()).toEqual([expect.stringMatching(/^stream-not-read/), expect.stringMatching(/^recovered/)])
  })

  it('reports it when SNS takes it again, the end as well', async () => {
    const { sweep, told } = sweeps({ refusals: 1 })
    await expect(sweep(GONE)).rejects.toThrow('Rate exceeded')
    await sweep(GONE)
    expect(told()).toHaveLength(1)
    const ended = sweeps({ refusals: 1 })
    await expect(ended.sweep(GONE)).rejects.toThrow('Rate exceeded')
    await ended.sweep(mapping())
    expect(ended.told()).toEqual([expect.stringMatching(/^stream-not-read/), expect.stringMatching(/^recovered/)])
  })

  it('asks nothing about a dataset without a stream', async () => {
    const { sweep, asked, sent } = sweeps({ contract: contractOf('{ format: json, partition_keys: [day] }') })
    await sweep(undefined)
    expect([asked, sent]).toEqual([[], []])
  })
})

describe('the mapping of a function', () => {
  const client = (answer: () => Promise<object>) => ({ send: answer }) as unknown as Parameters<typeof lambdaStreamMappings>[0]

  it('is the one that Lambda lists', async () => {
    const listed = { UUID: 'm-1', State: 'Enabled', LastProcessingResult: 'OK', StateTransitionReason: 'USER_INITIATED' }
    expect(await lambdaStreamMappings(client(async () => ({ EventSourceMappings: [listed] }))).find('f')).toEqual(mapping())
  })

  it('is missing where the function has none, or is not there', async () => {
    const gone = async () => Promise.reject(Object.assign(new Error('no'), { name: 'ResourceNotFoundException' }))
    expect(await lambdaStreamMappings(client(async () => ({}))).find('f')).toBeUndefined()
    expect(await lambdaStreamMappings(client(gone)).find('f')).toBeUndefined()
  })

  it('is not missing where Lambda refuses to tell', async () => {
    const denied = async () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' }))
    await expect(lambdaStreamMappings(client(denied)).find('f')).rejects.toThrow('no')
  })
})
