import { describe, expect, it } from 'vitest'
import type { Manifest } from '../../../functions/domain/batch/manifest/manifest.ts'
import { checkManifest, driftFinding, percent, summarizeManifest } from '../../../functions/domain/batch/manifest/manifest-summary.ts'
import { publishedPartitions } from '../../../functions/domain/batch/publish/publication.ts'
import { ordersManifest } from './fixtures.ts'

const check = (changes: Partial<Manifest> = {}) => checkManifest(JSON.stringify(ordersManifest(undefined, changes)), 'orders', 'orders-b1')
const files = (key: string) => [{ key, bytes: 1 }]
const partition = (changes: object) => [{ ...ordersManifest().partitions[0], ...changes }] as Manifest['partitions']

describe('the manifest', () => {
  it('is taken when it adds up and stays in its own folders', () => {
    expect(check()).toEqual(ordersManifest())
  })

  it.each([
    ['rows are lost', { rows: { read: 10, written: 5, duplicates: 1, superseded: 1, quarantined: 2 } }, /10 rows read, but 5 written/],
    ['rows appear', { rows: { read: 1, written: 1, duplicates: 1, superseded: 0, quarantined: 0 } }, /1 rows read/],
    ['it is of another batch', { dataset: 'customers' }, /belongs to customers/],
    [
      'it would publish what another batch staged',
      { partitions: partition({ files: files('staged/orders/batch_id=orders-b2/x.parquet') }) },
      /not below staged\/orders\/batch_id=orders-b1/,
    ],
    [
      'it would remove from another partition',
      { partitions: partition({ replaces: ['curated/orders/order_date=2025-01-02/x.parquet'] }) },
      /not below curated\/orders\/order_date=2025-01-01/,
    ],
    ['it would remove from another dataset', { partitions: partition({ replaces: ['curated/customers/x.parquet'] }) }, /not below/],
    [
      'it climbs out',
      { quarantine: { files: [], replaces: ['quarantine/orders/../../curated/orders/x.parquet'] } },
      /not below quarantine/,
    ],
    [
      'it would publish removals that another batch staged',
      { tombstones: [{ path: '', rows: 1, files: files('runs/orders/orders-b2/tombstones/x.parquet'), replaces: [] }] },
      /not below runs\/orders\/orders-b1\/tombstones\//,
    ],
    [
      'it would forget removals of another partition',
      {
        tombstones: [
          { path: 'order_date=2025-01-01', rows: 0, files: [], replaces: ['tombstones/orders/order_date=2025-01-02/x.parquet'] },
        ],
      },
      /not below tombstones\/orders\/order_date=2025-01-01\//,
    ],
    [
      'removals do not add up',
      { rows: { read: 2, written: 1, duplicates: 0, superseded: 0, quarantined: 0, deleted: 0 } },
      /2 rows read, but 1 written \+ 0 duplicates \+ 0 superseded \+ 0 quarantined \+ 0 deleted/,
    ],
    ['it would remove other quarantine', { quarantine: { files: [], replaces: ['quarantine/customers/x.parquet'] } }, /not below/],
    [
      'a count is no count',
      { rows: { read: -1, written: 0, duplicates: 0, superseded: 0, quarantined: -1 } },
      /is not a manifest \(rows.read/,
    ],
  ])('is refused when %s', (_, changes, message) => {
    expect(() => check(changes as Partial<Manifest>)).toThrow(
      expect.objectContaining({ name: 'ManifestError', message: expect.stringMatching(message) }),
    )
  })

  it.each([
    [undefined, /is missing, although the job run succeeded/],
    ['{', /is not a manifest/],
    ['[]', /is not a manifest/],
  ])('%j is refused', (text, message) => {
    expect(() => checkManifest(text, 'orders', 'orders-b1')).toThrow(message)
  })

  it('is summed up within what a state may hold, however long its lists', () => {
    const reasons = Object.fromEntries([...Array(5000).keys()].map((n) => [`rule_${n}`, n]))
    const partitions = Object.fromEntries([...Array(5000).keys()].map((n) => [`order_date=d${n}`, { files: [`orders-b1-${n}.parquet`] }]))
    const summary = summarizeManifest(ordersManifest(partitions, { quarantinedByRule: reasons }))
    expect(JSON.stringify(summary).length).toBeLessThan(2000)
    expect(summary).toMatchObject({ partitions: 5000, stagedFiles: 5000, quarantinedByRule: { rule_4999: 4999 } })
  })

  it('has one content token for one staging, and another for the next', () => {
    const token = (changes: Partial<Manifest>) => summarizeManifest(ordersManifest(undefined, changes)).contentToken
    expect(token({})).toBe(token({}))
    expect(token({})).not.toBe(token({ finishedAt: '2025-01-02T00:09:00.000Z' }))
  })

  it('says in words where files differ from the contract', () => {
    const drift = { missing: { id: 1, amount: 2 }, unknown: { 'id;amount': 1, '\u001b[31mred': 1 } }
    const both = { unknownNames: true }
    expect(driftFinding(ordersManifest(undefined, { drift }), both)).toBe(
      'missing: id (1 file), amount (2 files); unknown: "id;amount" (1 file), "\\u001b[31mred" (1 file); the delimiter looks like ";"',
    )
    expect(driftFinding(ordersManifest(undefined, { drift }), { unknownNames: false })).toBe(
      'missing: id (1 file), amount (2 files); unknown columns: 2; the delimiter looks like ";"',
    )
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`c${index}`, 1]))
    expect(driftFinding(ordersManifest(undefined, { drift: { missing: {}, unknown: many } }), both)).toMatch(
      /^unknown: c0 \(1 file\), .* and 4 more$/,
    )
    expect(driftFinding(ordersManifest(), both)).toBeUndefined()
    const tabs = { missing: { id: 1, amount: 1 }, unknown: { 'ID\t"amount"\tnote': 1 } }
    expect(driftFinding(ordersManifest(undefined, { drift: tabs }), { unknownNames: false })).toMatch(/; the delimiter looks like a tab$/)
    const one = { missing: { id: 1, amount: 1 }, unknown: { 'id;note': 1 } }
    expect(driftFinding(ordersManifest(undefined, { drift: one }), both)).not.toContain('delimiter')
  })

  it('has no rate of nothing', () => {
    const none = { read: 0, written: 0, duplicates: 0, superseded: 0, quarantined: 0 }
    expect(summarizeManifest(ordersManifest({}, { rows: none }))).toMatchObject({
      quarantineRate: 0,
      finding: expect.stringMatching(/^0 of 0 rows/),
    })
    expect([percent(0.0312), percent(0.2), percent(1), percent(0.000123)]).toEqual(['3.12%', '20%', '100%', '0.0123%'])
  })
})

describe('the partitions to be found in the catalog', () => {
  it('are those with files, by decoded values, and none of a table without partitions', () => {
    const manifest = ordersManifest(
      { 'order_date=2025-01-01': { files: ['a.parquet'] }, 'order_date=2025-01-02': { files: [] } },
      {
        quarantine: {
          files: [
            ...files('quarantine/orders/city=S%C3%A3o%20Paulo/day=1/x.parquet'),
            ...files('quarantine/orders/city=S%C3%A3o%20Paulo/day=1/y.parquet'),
          ],
          replaces: [],
        },
      },
    )
    expect(publishedPartitions(manifest)).toEqual({
      curated: [
        { values: { order_date: '2025-01-01' }, asWritten: { order_date: '2025-01-01' }, folder: 'curated/orders/order_date=2025-01-01/' },
      ],
      quarantine: [
        {
          values: { city: 'São Paulo', day: '1' },
          asWritten: { city: 'S%C3%A3o%20Paulo', day: '1' },
          folder: 'quarantine/orders/city=S%C3%A3o%20Paulo/day=1/',
        },
      ],
    })
    const plain = ordersManifest(
      { '': { files: ['a.parquet'] } },
      { quarantine: { files: files('quarantine/orders/x.parquet'), replaces: [] } },
    )
    expect(publishedPartitions(plain)).toEqual({ curated: [], quarantine: [] })
  })
})
