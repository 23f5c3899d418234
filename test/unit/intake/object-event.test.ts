import { describe, expect, it } from 'vitest'
import { canonicalSequencer, landingShard, restoredSequencer } from '../../../functions/domain/landing/landing.ts'
import { parseObjectEvents } from '../../../functions/domain/landing/object-event.ts'

const TIME = '2025-01-31T12:00:00Z'
const eventBridge = (object: Record<string, unknown>, more: Record<string, unknown> = {}, detail: Record<string, unknown> = {}) =>
  JSON.stringify({
    'detail-type': 'Object Created',
    time: TIME,
    detail: {
      bucket: { name: 'raw-bucket' },
      object: { key: 'raw/orders/a.csv', size: 5, etag: 'e', sequencer: '0A', ...object },
      ...detail,
    },
    ...more,
  })
const direct = (key: string, eventName = 'ObjectCreated:Put', object: Record<string, unknown> = {}) =>
  JSON.stringify({
    Records: [
      {
        eventName,
        eventTime: TIME,
        s3: { bucket: { name: 'raw-bucket' }, object: { key, size: 5, eTag: 'e', sequencer: '0a00', ...object } },
      },
    ],
  })

describe('an S3 event', () => {
  it.each([
    { shape: 'over EventBridge, key as it is', body: eventBridge({ key: 'raw/orders/a b+c%20=ü.csv' }), key: 'raw/orders/a b+c%20=ü.csv' },
    { shape: 'straight from S3, key form-encoded', body: direct('raw/orders/a+b%2Bc%2520%3D%C3%BC.csv'), key: 'raw/orders/a b+c%20=ü.csv' },
  ])('$shape, is read as the same object', ({ body, key }) => {
    expect(parseObjectEvents(body).events).toEqual([
      {
        kind: 'created',
        bucket: 'raw-bucket',
        key,
        size: 5,
        etag: 'e',
        sequencer: '0A',
        time: '2025-01-31T12:00:00.000Z',
        oldVersion: false,
      },
    ])
  })

  it.each([
    { body: eventBridge({}, { 'detail-type': 'Object Deleted' }), oldVersion: false },
    {
      body: eventBridge({ 'version-id': 'v1' }, { 'detail-type': 'Object Deleted' }, { 'deletion-type': 'Delete Marker Created' }),
      oldVersion: false,
    },
    {
      body: eventBridge({ 'version-id': 'v1' }, { 'detail-type': 'Object Deleted' }, { 'deletion-type': 'Permanently Deleted' }),
      oldVersion: true,
    },
    { body: direct('raw/orders/a.csv', 'ObjectRemoved:DeleteMarkerCreated', { versionId: 'v1' }), oldVersion: false },
    { body: direct('raw/orders/a.csv', 'ObjectRemoved:Delete', { versionId: 'v1' }), oldVersion: true },
  ])('of a deletion tells whether only an old version went ($oldVersion)', ({ body, oldVersion }) => {
    expect(parseObjectEvents(body).events).toMatchObject([{ kind: 'deleted', oldVersion }])
  })

  it.each([
    { body: JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'raw-bucket' }), ignored: 'test-event' },
    { body: eventBridge({}, { 'detail-type': 'Object Tags Added' }), ignored: 'other-event' },
  ])('that is not about an object is ignored as $ignored', ({ body, ignored }) => {
    expect(parseObjectEvents(body)).toEqual({ events: [], ignored })
  })

  it.each([
    { body: 'not { JSON', says: 'not JSON' },
    { body: 'null', says: 'not an object' },
    { body: '{"hello":"world"}', says: 'neither an EventBridge event nor an S3 notification' },
    { body: eventBridge({ sequencer: undefined }), says: 'detail.object.sequencer is missing or wrong' },
    { body: eventBridge({ size: -1, key: '' }), says: 'detail.object.key, detail.object.size' },
    { body: eventBridge({ sequencer: 'xyz' }), says: 'not hexadecimal' },
    { body: eventBridge({}, { time: 'yesterday' }), says: 'time is missing or wrong' },
    { body: direct('raw/orders/%E0%A4%A'), says: 'not form-encoded' },
    { body: '{"Records":{}}', says: 'Records' },
  ])('that is malformed is refused, and says: $says', ({ body, says }) => {
    expect(() => parseObjectEvents(body)).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', message: expect.stringContaining(says) }),
    )
  })
})

describe('sequencers', () => {
  it.each([
    ['0055AED6DCD90281E5', '0055AED6DCD90281E6'],
    ['0055AED6DCD90281E5', '0055AED6DCD90281E501'],
    ['0055AED6', '0055aed7'],
    ['00', '0001'],
  ])('%s comes before %s', (earlier, later) => {
    expect((canonicalSequencer(earlier) ?? '') < (canonicalSequencer(later) ?? '')).toBe(true)
  })

  it.each([
    ['0A', '0A00'],
    ['0a', '0A'],
  ])('%s is %s', (left, right) => {
    expect(canonicalSequencer(left)).toBe(canonicalSequencer(right))
  })

  it('of a restored landing are between the existing one and every later one', () => {
    const existing = canonicalSequencer('0A') ?? ''
    const restored = restoredSequencer(existing)
    expect(restored > existing && restored < (canonicalSequencer('0A01') ?? '') && restored < (canonicalSequencer('0B') ?? '')).toBe(true)
    expect(restoredSequencer(restored) > restored).toBe(true)
    expect(restoredSequencer(undefined) < (canonicalSequencer('01') ?? '')).toBe(true)
  })
})

it('keys of a dataset spread evenly over the shards', () => {
  const counts = new Map<string, number>()
  for (let index = 0; index < 16_000; index += 1) {
    const shard = landingShard(`raw/orders/day=2025-01-01/part-${index}.csv`)
    counts.set(shard, (counts.get(shard) ?? 0) + 1)
  }
  expect(counts.size).toBe(16)
  expect(Math.max(...counts.values())).toBeLessThan(1300)
})
