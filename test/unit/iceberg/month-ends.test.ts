import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tablesAt } from '../../../cli/query/tables.ts'
import {
  BATCH_ID,
  headOf,
  readMetadata,
  type TableMetadata,
  withMainAt,
  writeMetadata,
} from '../../../functions/domain/iceberg/metadata.ts'
import { monthEnds, withMonthEnds } from '../../../functions/domain/iceberg/month-ends.ts'

const written = readMetadata(readFileSync(join(import.meta.dirname, 'written-by-iceberg.metadata.json'), 'utf8'))
if (!written) throw new Error('the recorded metadata cannot be read')
const SECOND = headOf(written, 'batch_orders-2') as string
const day = (text: string) => new Date(`${text}T12:00:00Z`)
/** The table whose `main` has moved to the second batch on this day. */
const publishedOn = (text: string) => withMainAt(written, SECOND, 's3://lake/x', day(text))
const tags = (metadata: TableMetadata) => monthEnds(metadata).map(({ tag, batchId }) => [tag, batchId])

describe('the end of a month', () => {
  it('has a tag when the first batch of a later month is published, where the table was', () => {
    expect(tags(withMonthEnds(publishedOn('2030-01-31'), 12, day('2030-02-01')))).toEqual([['month_2030_01', 'orders-2']])
    expect(tags(withMonthEnds(publishedOn('2030-01-01'), 12, day('2030-01-31')))).toEqual([])
  })

  it('has one also for each month in which nothing was published', () => {
    expect(tags(withMonthEnds(publishedOn('2029-11-30'), 12, day('2030-02-03'))).map(([tag]) => tag)).toEqual([
      'month_2030_01',
      'month_2029_12',
      'month_2029_11',
    ])
  })

  it('goes when there are more than the contract keeps, and other tags stay', () => {
    const refs = { ...written.refs, mine: { ...written.refs.main, type: 'tag' }, month_2029_01: { ...written.refs.main, type: 'tag' } }
    const next = withMonthEnds(
      { ...publishedOn('2029-12-31'), refs: { ...refs, main: publishedOn('2029-12-31').refs.main } as never },
      1,
      day('2030-02-03'),
    )
    expect(tags(next)).toEqual([['month_2030_01', 'orders-2']])
    expect(Object.keys(next.refs)).toContain('mine')
    expect(tags(withMonthEnds(publishedOn('1990-01-01'), 3, day('2600-02-03')))).toHaveLength(3)
  })

  it('is not made again by a second batch of the month, nor for a table that no batch was published to', () => {
    const once = withMonthEnds(publishedOn('2030-01-31'), 12, day('2030-02-01'))
    expect(withMonthEnds(once, 12, day('2030-02-09')).refs).toEqual(once.refs)
    const snapshots = written.snapshots.map((each) => ({ ...each, summary: { ...each.summary, [BATCH_ID]: undefined as never } }))
    expect(tags(withMonthEnds({ ...publishedOn('2030-01-31'), snapshots }, 12, day('2030-02-01')))).toEqual([])
  })

  it('keeps each digit of the snapshot', () => {
    expect(writeMetadata(withMonthEnds(publishedOn('2030-01-31'), 12, day('2030-02-01')))).toContain(
      `"month_2030_01":{"snapshot-id":${SECOND},"type":"tag"}`,
    )
  })
})

describe('a query at a month', () => {
  const table = (name: string, iceberg: boolean) => ({ name, folder: name, columns: {}, ...(iceberg && { iceberg: { location: name } }) })
  const tables = [table('orders', true), table('customers', true), table('visits', false)]

  it('is of each Iceberg table that the SQL names', () => {
    const at = tablesAt(tables, 'month_2030_01', 'SELECT * FROM Orders JOIN visits USING (id)').map(({ iceberg }) => iceberg?.at)
    expect(at).toEqual(['month_2030_01', undefined, undefined])
    expect(() => tablesAt(tables, 'month_2030_01', 'SELECT * FROM visits')).toThrow('the SQL names no Iceberg table')
  })

  it('leaves ids of batches as they were', () => {
    expect(tablesAt(tables, 'customers-1', 'SELECT 1').map(({ iceberg }) => iceberg?.at)).toEqual([undefined, 'customers-1', undefined])
  })
})
