import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseIngestInput } from '../../../functions/domain/batch/batch.ts'
import { kindChanges, type TableKind, widens } from '../../../functions/domain/batch/table-kind.ts'
import { evolvedKind } from '../../../functions/domain/iceberg/evolved-kind.ts'
import { refuseChangedTable, refuseMigration } from '../../../functions/use-cases/batch/prepare/changed-table.ts'
import { ordersContract } from './fixtures.ts'

const TABLE: TableKind = {
  contractVersion: 'v0',
  columns: { order_id: 'string', amount: 'decimal(12,2)', order_date: 'date', gone: 'int' },
  primaryKey: ['order_id'],
  partitionBy: ['order_date'],
}
const columns = { order_id: 'string', amount: 'decimal(12,2)', order_date: 'date' }

const WIDER: Record<'widens' | 'doesNotWiden', [string, string][]> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../cases/wider-types.json'), 'utf8'),
)

describe('a type of an Iceberg column', () => {
  it.each(WIDER.widens)('%s may become %s', (before, after) => expect(widens(before, after)).toBe(true))
  it.each(WIDER.doesNotWiden)('%s stays, and does not become %s', (before, after) => expect(widens(before, after)).toBe(false))

  it('of a Parquet column stays as it is', () => {
    const wider = { columns: { ...columns, amount: 'decimal(14,2)' } }
    expect(kindChanges(TABLE, ordersContract(wider))).toHaveLength(1)
    expect(kindChanges(TABLE, ordersContract({ ...wider, curated: { partition_by: ['order_date'], format: 'iceberg' } }))).toEqual([])
  })
})

const EVOLVED: {
  what: string
  noted: TableKind
  columns: Record<string, string | null>
  primaryKey: string[]
  latestBy: string[]
  dropColumns: string[]
  columnsAfter: Record<string, string>
  primaryKeyAfter: string[]
  problems: string[]
}[] = JSON.parse(readFileSync(join(import.meta.dirname, '../../cases/evolved-tables.json'), 'utf8')).cases

describe('the columns of an Iceberg table', () => {
  it.each(EVOLVED)('$what', ({ noted, columns, primaryKey, latestBy, dropColumns, columnsAfter, primaryKeyAfter, problems }) => {
    const written = Object.entries(columns).map(([name, before]) => [name, { type: 'string', ...(before && { renamed_from: before }) }])
    const contract = { columns: Object.fromEntries(written), derive: {}, primary_key: primaryKey, latest_by: latestBy }
    const curated = { partition_by: [], format: 'iceberg' as const, target_file_mb: 128, drop_columns: dropColumns }
    const found = evolvedKind(noted, { ...contract, curated })
    expect([found.table.columns, found.table.primaryKey, found.problems]).toEqual([columnsAfter, primaryKeyAfter, problems])
  })

  it('of gold keep their types, whatever its key is by now', () => {
    const gold = { sources: { orders: { rebuilds: 'all' as const } }, sql: 'SELECT 1', start: 'after_any' as const }
    const computed = (format: 'iceberg' | 'parquet') => ({
      ...ordersContract({ columns: { ...columns, amount: 'bigint' }, primary_key: ['order_date'], curated: { partition_by: [], format } }),
      gold,
    })
    expect(kindChanges(TABLE, computed('iceberg'))).toEqual(['column amount is bigint, and was decimal(12,2)'])
    expect(kindChanges(TABLE, computed('parquet'))).toEqual([])
  })

  it('may be partitioned otherwise, and renamed', () => {
    const renamed = { ...columns, order_id: undefined, id: { type: 'string', renamed_from: 'order_id' } }
    const changes = { columns: JSON.parse(JSON.stringify(renamed)), primary_key: ['id'], curated: { partition_by: [], format: 'iceberg' } }
    expect(kindChanges(TABLE, ordersContract(changes))).toEqual([])
    expect(kindChanges({ ...TABLE, columns: { order_id: 'int' } }, ordersContract(changes))).toEqual(['column id is string, and was int'])
  })
})

describe('a contract and the table that its dataset has', () => {
  it.each([
    { what: 'the same', changes: {}, said: [] },
    { what: 'a further column', changes: { columns: { ...columns, note: 'string' } }, said: [] },
    { what: 'the same types in other words', changes: { columns: { ...columns, amount: 'numeric(12, 2)' } }, said: [] },
    {
      what: 'another type',
      changes: { columns: { ...columns, amount: 'double' } },
      said: ['column amount is double, and was decimal(12,2)'],
    },
    {
      what: 'a column that is back with another type',
      changes: { columns: { ...columns, gone: 'string' } },
      said: ['column gone is string, and was int'],
    },
    {
      what: 'another key',
      changes: { primary_key: ['order_id', 'order_date'] },
      said: ['the primary key is order_id, order_date, and was order_id'],
    },
    {
      what: 'rows that remove their key from now on',
      changes: { latest_by: ['order_date'], delete_when: 'amount = 0' },
      said: ['delete_when is amount = 0, and was nothing'],
    },
    { what: 'other partitions', changes: { curated: { partition_by: [] } }, said: ['it is partitioned by nothing, and was by order_date'] },
  ])('$what: $said', ({ changes, said }) => {
    expect(kindChanges(TABLE, ordersContract(changes))).toEqual(said)
  })

  it('is refused, even if it fits, while a rebuild has replaced some of the partitions', async () => {
    const lake = { getText: async () => JSON.stringify({ ...TABLE, contractVersion: ordersContract({}).version, unfinished: 'orders-r1' }) }
    await expect(refuseChangedTable(ordersContract({}), { stage: 'dev' }, lake)).rejects.toMatchObject({
      name: 'ContractChangedError',
      message: expect.stringMatching(
        /^the rebuild orders-r1 of orders has not ended.*sluice redrive orders-r1 .*sluice backfill orders --rebuild/,
      ),
    })
  })

  it('is refused with the ways that are left, and never for a table that is not there or of this very contract', async () => {
    const contract = ordersContract({ columns: { ...columns, amount: 'double' } })
    const lakeWith = (table: TableKind | undefined) => ({ getText: async () => table && JSON.stringify(table) })
    await expect(refuseChangedTable(contract, { stage: 'dev', local: true }, lakeWith(TABLE))).rejects.toMatchObject({
      name: 'ContractChangedError',
      message: expect.stringMatching(
        /column amount is double.*rename the dataset.*npx --no-install sluice backfill orders --rebuild --local/,
      ),
    })
    await refuseChangedTable(contract, { stage: 'dev', local: true }, lakeWith(undefined))
    await refuseChangedTable(contract, { stage: 'dev', local: true }, lakeWith({ ...TABLE, contractVersion: contract.version }))
  })
})

it('a rebuild reads all of raw and nothing less', () => {
  expect(parseIngestInput({ dataset: 'orders', source: 'raw', rebuild: true })).toMatchObject({ rebuild: true })
  expect(() => parseIngestInput({ dataset: 'orders', rebuild: true, partitions: ['month=2025-01'] })).toThrow(/^rebuild: /)
  expect(() => parseIngestInput({ dataset: 'orders', rebuild: true, source: 'quarantine' })).toThrow(/^rebuild: /)
})

describe('a migration to Iceberg', () => {
  const iceberg = ordersContract({ columns, curated: { partition_by: ['order_date'], format: 'iceberg' } })
  const lakeWith = (table: TableKind | undefined) => ({ getText: async () => table && JSON.stringify(table) })

  it('is for a table that stays the same but for its format', async () => {
    await refuseMigration(iceberg, lakeWith(TABLE))
    await expect(refuseMigration(iceberg, lakeWith({ ...TABLE, partitionBy: [] }))).rejects.toMatchObject({
      name: 'ContractChangedError',
      message: expect.stringMatching(/cannot be taken over as it is: it is partitioned by order_date, and was by nothing/),
    })
    const renamed = { order_id: 'string', total: { type: 'decimal(12,2)', renamed_from: 'amount' }, order_date: 'date' }
    const evolving = ordersContract({ columns: renamed, curated: { ...iceberg.curated, drop_columns: ['gone'] } })
    await expect(refuseMigration(evolving, lakeWith(TABLE))).rejects.toThrow(
      /column amount gets the name total; column gone is dropped\. Migrate it first/,
    )
    const wider = ordersContract({ columns: { ...columns, amount: 'decimal(14,2)' }, curated: iceberg.curated })
    await expect(refuseMigration(wider, lakeWith(TABLE))).rejects.toThrow('column amount is decimal(14,2), and was decimal(12,2)')
  })

  it('is refused where there is nothing to take over', async () => {
    await expect(refuseMigration(iceberg, lakeWith(undefined))).rejects.toThrow('orders has no table yet')
    await expect(refuseMigration(iceberg, lakeWith({ ...TABLE, format: 'iceberg' }))).rejects.toThrow('is an Iceberg table already')
    await expect(refuseMigration(ordersContract({ columns }), lakeWith(TABLE))).rejects.toThrow('deploy it with that first')
  })

  it('is named, as a command, by the batch that is refused before it', async () => {
    await expect(refuseChangedTable(iceberg, { stage: 'prod' }, lakeWith(TABLE))).rejects.toThrow(
      /stored as parquet, and its contract asks for iceberg.*npx --no-install sluice migrate orders --to iceberg --stage prod/,
    )
  })
})
