import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { streamOf } from '../../../functions/domain/contract/landers.ts'
import { HEADER_COLUMNS } from '../../../functions/domain/stream/headers.ts'
import { POSITION_COLUMNS } from '../../../functions/domain/stream/record.ts'
import { root } from '../../../setup/places.mjs'

const contractWith = (source: string, more = '') =>
  parseContract(
    `dataset: clicks\nowner: a@example.com\nsource: ${source}\ncolumns: { id: string }\nprimary_key: [id]\n${more}`,
    'clicks.yml',
    'clicks',
  )

function problemsOf(source: string) {
  const parsed = contractWith(source)
  return parsed.ok ? [] : parsed.problems.map(({ field, message }) => `${field}: ${message}`)
}

describe('a contract with a stream', () => {
  it('has JSON lines in folders of arrival days, and registers its partitions without a crawler', () => {
    const parsed = contractWith('{ kinesis: { stream: clicks } }')
    expect(parsed.ok && parsed.contract).toMatchObject({
      source: { format: 'json', options: {}, partition_keys: ['arrival_date'], kinesis: { stream: 'clicks', window_seconds: 300 } },
      crawl: 'never',
    })
  })

  it('is the same with a topic of Kafka', () => {
    const parsed = contractWith('{ kafka: { connection: events, topic: web.clicks } }')
    expect(parsed.ok && parsed.contract).toMatchObject({
      source: {
        ...{ format: 'json', options: {}, partition_keys: ['arrival_date'] },
        kafka: { connection: 'events', topic: 'web.clicks', window_seconds: 300, most_lag: 100_000 },
      },
      crawl: 'never',
    })
  })

  it('may have another name for its folders, and crawls if you want it', () => {
    const parsed = contractWith('{ kinesis: { stream: clicks }, partition_keys: [day] }', 'crawl: always')
    expect(parsed.ok && parsed.contract).toMatchObject({ source: { partition_keys: ['day'] }, crawl: 'always' })
  })

  it.each([
    ['{ format: json, kinesis: { stream: clicks } }', 'source.format: is json where kinesis lands the files; remove it'],
    [
      '{ kinesis: { stream: clicks }, options: { multiline: true } }',
      'source.options: are about files that others write; kinesis lands its own, so remove them',
    ],
    [
      '{ kinesis: { stream: clicks }, partition_keys: [day, hour] }',
      'source.partition_keys[1]: is one too many; kinesis writes a folder for each day of arrival, so give the name of that one key',
    ],
    [
      '{ kinesis: { stream: "a b" } }',
      'source.kinesis.stream: must be the name of a stream: 1 to 128 letters, digits, dots, hyphens and _',
    ],
    ['{ kinesis: {} }', 'source.kinesis.stream: is missing'],
    ['{ kinesis: { stream: s, kms_key: alias/mine } }', 'source.kinesis.kms_key: must be the ARN of a KMS key'],
    ['{ kafka: { topic: clicks } }', 'source.kafka.connection: is missing'],
    [
      '{ kafka: { connection: events, topic: ".clicks" } }',
      'source.kafka.topic: must be the name of a topic: 2 to 249 letters, digits, dots, hyphens and _, of which a dot is not the first',
    ],
    ['{ kafka: { connection: events, topic: clicks, window_seconds: 301 } }', 'source.kafka.window_seconds: must be at most 300'],
    [
      '{ kinesis: { stream: clicks }, kafka: { connection: events, topic: clicks } }',
      'source.kafka: is beside kinesis; a dataset has one source, so remove one of the two or write a contract for each',
    ],
    ['{}', 'source.format: is missing; give the format of the files, or name a source that Sluice lands itself: kinesis, kafka, jdbc'],
  ])('%s is refused with a sentence', (source, problem) => {
    expect(problemsOf(source)).toEqual([problem])
  })
})

it('the job knows the same kinds of streams', () => {
  const job = readFileSync(join(root, 'glue-scripts', 'sluice_etl', 'contract.py'), 'utf8')
  const [, names = ''] = /^STREAMS = frozenset\(\{(.*)\}\)$/m.exec(job) ?? []
  const streams = { kinesis: { stream: 's', window_seconds: 1 }, kafka: { connection: 'c', topic: 't', window_seconds: 1, most_lag: 1 } }
  expect(JSON.parse(`[${names}]`).sort()).toEqual(Object.keys(streams).sort())
  for (const [kind, source] of Object.entries(streams)) expect(streamOf({ [kind]: source })?.kind).toBe(kind)
})

it('the job has the same names for the position of a record, which it takes for no unknown columns', () => {
  const job = readFileSync(join(root, 'glue-scripts', 'sluice_etl', 'contract.py'), 'utf8')
  const [, names = ''] = /^STREAM_POSITION = frozenset\(\{(.*)\}\)$/m.exec(job) ?? []
  expect(JSON.parse(`[${names}]`).sort()).toEqual([...POSITION_COLUMNS].sort())
  const [, headers = ''] = /^TOPIC_HEADERS = frozenset\(\{(.*)\}\)$/m.exec(job) ?? []
  expect(JSON.parse(`[${headers}]`).sort()).toEqual([...HEADER_COLUMNS].sort())
})
