import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Contract, contractSchema } from '../../../functions/domain/contract/contract.ts'
import { isExcludeGlob } from '../../../functions/domain/contract/exclude-glob.ts'
import { admit } from '../../../functions/domain/landing/admission.ts'
import type { ObjectEvent } from '../../../functions/domain/landing/object-event.ts'
import { hiveDecoded, isSafePartitionValue, partitionOf } from '../../../functions/domain/partition/partition.ts'
import { PREDICATE_LIMIT, predicatesFor } from '../../../functions/domain/partition/predicate.ts'
import cases from '../../cases/admission.json' with { type: 'json' }

const contract = (dataset: string, partition_keys: string[]): [string, Contract] => [
  dataset,
  {
    ...contractSchema.parse({
      dataset,
      owner: 'somebody@example.com',
      source: { format: 'csv', partition_keys, exclude: ['**/_temporary/**', '**/_SUCCESS', '**/*.tmp'] },
      columns: { id: 'string' },
      primary_key: ['id'],
    }),
    version: '000000000001',
  },
]
const CONTRACTS = new Map([contract('orders', ['day']), contract('flat', []), contract('deep', ['region', 'day'])])

const event = (key: string, more: Partial<ObjectEvent> = {}): ObjectEvent => ({
  kind: 'created',
  bucket: 'raw-bucket',
  key,
  size: 5,
  etag: 'e',
  sequencer: '0A',
  time: '2025-01-31T12:00:00.000Z',
  oldVersion: false,
  ...more,
})

describe('an object is admitted', () => {
  it.each([
    { key: 'raw/orders/day=2025-01-31/a b+.csv', partition: { day: '2025-01-31' } },
    { key: 'raw/orders/day=a%3Ab%25/f.csv', partition: { day: 'a:b%' } },
    { key: 'raw/flat/f.csv', partition: {} },
    { key: 'raw/deep/region=EU/day=1/f.csv', partition: { region: 'EU', day: '1' } },
    { key: 'raw/orders/day=café/f.csv', partition: { day: 'café' } },
  ])('with the partition of $key', ({ key, partition }) => {
    expect(admit(event(key), 'raw-bucket', CONTRACTS)).toMatchObject({ landing: { key, partition, deleted: false } })
  })

  it('also when it is deleted, whatever its size', () => {
    const deletion = event('raw/orders/day=1/f.csv', { kind: 'deleted', size: 0 })
    expect(admit(deletion, 'raw-bucket', CONTRACTS)).toMatchObject({ landing: { deleted: true } })
  })
})

describe('an object is ignored', () => {
  it.each([
    { key: 'raw/unknown/f.csv', reason: 'foreign-key' },
    { key: 'elsewhere/orders/day=1/f.csv', reason: 'foreign-key' },
    { key: 'raw', reason: 'foreign-key' },
    { key: 'raw/orders', reason: 'foreign-key' },
    { key: 'raw/constructor/f.csv', reason: 'foreign-key' },
    { key: 'raw/orders/', reason: 'folder-marker' },
    { key: 'raw/orders/day=1/', reason: 'folder-marker' },
    { key: 'raw/orders/day=1_$folder$', reason: 'folder-marker' },
    { key: 'raw/orders/day=1/_SUCCESS', reason: 'excluded' },
    { key: 'raw/orders/day=1/_temporary/0/f.csv', reason: 'excluded' },
    { key: 'raw/orders/day=1/.f.csv.tmp', reason: 'excluded' },
    { key: 'raw/orders/day=1/.hidden.csv', reason: 'hidden' },
    { key: 'raw/orders/day=1/_metadata.csv', reason: 'hidden' },
    { key: 'raw/orders/f.csv', reason: 'unexpected-folders' },
    { key: 'raw/orders/Day=1/f.csv', reason: 'unexpected-folders' },
    { key: 'raw/orders/day=1/more/f.csv', reason: 'unexpected-folders' },
    { key: 'raw/flat/day=1/f.csv', reason: 'unexpected-folders' },
    { key: 'raw/deep/day=1/region=EU/f.csv', reason: 'unexpected-folders' },
    { key: 'raw/orders/day=/f.csv', reason: 'bad-partition-value' },
    { key: "raw/orders/day=1' OR '1'='1/f.csv", reason: 'bad-partition-value' },
    { key: 'raw/orders/day=%27/f.csv', reason: 'bad-partition-value' },
    { key: 'raw/orders/day=%2F..%2Fother/f.csv', reason: 'bad-partition-value' },
    { key: 'raw/orders/day=../f.csv', reason: 'bad-partition-value' },
    { key: 'raw/orders/day=a\nb/f.csv', reason: 'bad-partition-value' },
    { key: 'raw/orders/day=1/a\nb.csv', reason: 'bad-name' },
    { key: 'raw/flat/\u0001.csv', reason: 'bad-name' },
    { key: 'raw/orders/day=%FF/f.csv', reason: 'bad-partition-value' },
    { key: `raw/orders/day=${'x'.repeat(201)}/f.csv`, reason: 'bad-partition-value' },
  ])('$key as $reason', ({ key, reason }) => {
    expect(admit(event(key), 'raw-bucket', CONTRACTS)).toMatchObject({ ignored: reason })
  })

  it.each([
    { what: 'empty', more: { size: 0 }, reason: 'empty' },
    { what: 'in another bucket', more: { bucket: 'other' }, reason: 'foreign-key' },
    { what: 'an old version that goes', more: { kind: 'deleted' as const, oldVersion: true }, reason: 'old-version' },
  ])('when it is $what', ({ more, reason }) => {
    expect(admit(event('raw/orders/day=1/f.csv', more), 'raw-bucket', CONTRACTS)).toMatchObject({ ignored: reason })
  })
})

// test/glue/test_inputs.py holds the job to the same cases.
describe('what intake admits is what the job reads when it lists raw itself', () => {
  const { partition_keys, exclude } = cases
  const source = { format: 'csv', partition_keys, exclude }
  const contract = contractSchema.parse({ dataset: 'o', owner: 'a@b.c', source, columns: { id: 'string' }, primary_key: ['id'] })
  const contracts = new Map([['o', { ...contract, version: '000000000001' }]])
  const isAdmitted = (path: string) => 'landing' in admit(event(`raw/o/${path}`), 'raw-bucket', contracts)

  it.each(cases.admitted)('%j is admitted', (path) => {
    expect(isAdmitted(path)).toBe(true)
  })
  it.each(cases.passedOver)('%j is passed over', (path) => {
    expect(isAdmitted(path)).toBe(false)
  })
})

describe('a glob of what is excluded', () => {
  it.each(['**', '**/*.tmp', 'day=2020-*/**', 'a?[b-d]{x,y*}\\+.csv', '[^_]*', 'größe $1'])('may be %s', (glob) => {
    expect(isExcludeGlob(glob)).toBe(true)
  })
  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    './a',
    '../a',
    'a**',
    '!a',
    'a(b|c)',
    '[!a]',
    '{a,b',
    '{1..3}/{{a,b},c}',
    '{a/b,c}',
    'a+',
    '"a"',
    'a\\',
  ])('is refused where it could mean one thing here and another there: %j', (glob) => {
    expect(isExcludeGlob(glob)).toBe(false)
  })
})

describe('partition values', () => {
  it('come out of a path safe, or not at all, whatever the path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const partition = partitionOf(`day=${value}/f.csv`, ['day'])
        if (typeof partition !== 'string') expect(partition.day).toSatisfy(isSafePartitionValue)
      }),
    )
  })

  it('are decoded as Hive writes them', () => {
    expect(hiveDecoded('2025-01-31 12%3A30')).toBe('2025-01-31 12:30')
    expect(hiveDecoded('100%')).toBe('100%')
    expect(hiveDecoded('%E4%BD%A0')).toBe('你')
  })
})

describe('predicates', () => {
  it('name one, several, and nested partitions', () => {
    expect(predicatesFor(['day'], [{ day: '1' }])).toEqual(["day = '1'"])
    expect(predicatesFor(['day'], [{ day: '2' }, { day: '1' }, { day: '2' }])).toEqual(["day IN ('1', '2')"])
    expect(
      predicatesFor(
        ['region', 'day'],
        [
          { region: 'EU', day: '1' },
          { region: 'US', day: '1' },
          { region: 'EU', day: '2' },
        ],
      ),
    ).toEqual(["(region = 'EU' AND day IN ('1', '2')) OR (region = 'US' AND day = '1')"])
    expect(predicatesFor([], [{}])).toEqual([])
  })

  it('stay within the limit, and together name every partition', () => {
    const value = fc.stringMatching(/^[A-Za-z0-9 _:-]{1,200}$/)
    fc.assert(
      fc.property(fc.array(fc.record({ region: value, day: value }), { minLength: 1, maxLength: 60 }), (partitions) => {
        const predicates = predicatesFor(['region', 'day'], partitions)
        for (const predicate of predicates) expect(predicate.length).toBeLessThanOrEqual(PREDICATE_LIMIT)
        const all = predicates.join(' ')
        for (const { region, day } of partitions) expect(all.includes(`region = '${region}'`) && all.includes(`'${day}'`)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it.each(["1' OR '1'='1", 'a/b', '..', 'a"b', 'a\\b', 'a\u0000b', ''])('refuse the value %j', (day) => {
    expect(() => predicatesFor(['day'], [{ day }])).toThrow(expect.objectContaining({ name: 'InvalidInputError' }))
  })

  it('refuse a key that is no plain name', () => {
    expect(() => predicatesFor(['day = 1 OR x'], [{ 'day = 1 OR x': '1' }])).toThrow(expect.objectContaining({ name: 'InvalidInputError' }))
  })
})
