import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CopyObjectCommand, DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, it } from 'vitest'
import { lastObject, plain, sluice } from '../sluice-command.ts'
import type { SharedPipeline } from './shared-pipeline.ts'

// Two typed keys; rules that a batch of old rows would not pass.
export const COMPACT_CONTRACT = `
dataset: stock
owner: sales@example.com
source: { format: csv, options: { header: true }, partition_keys: [month] }
columns: { id: string, amount: "decimal(12,2)", day: date }
derive: { year: year(day) }
primary_key: [id]
latest_by: [amount]
quarantine: { rules: { negative: amount < 0 }, warn_rate: 0.1, halt_rate: 0.95 }
quality: Rules = [ RowCount < 100 ]
curated: { partition_by: [year, day] }
`
const LAKE = 'sluice-dev-lake-123456789012-us-east-1'
const LARGE = 'year=2025/day=2025-01-01'
const SMALL = 'year=2025/day=2025-01-02'

export const compact = (shared: SharedPipeline) =>
  describe('a compaction', () => {
    let exports = 0

    function land(month: string, file: string, rows: string[]) {
      const path = shared.place('compact', file, 'stock', `month=${month}`, `${file}.csv`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, `id,amount,day\n${rows.join('\n')}\n`)
      return shared.pipeline.land(shared.place('compact', file)).then(() => shared.pipeline.settle())
    }

    const command = (...words: string[]) => sluice([...words, '--stage', 'dev', '--json'])

    async function exported(): Promise<string> {
      const out = shared.place(`compact/out-${++exports}`)
      await shared.pipeline.export(out)
      return join(out, 'curated', 'stock')
    }
    /** In no order: a table has none. */
    const rowsOf = async (table: string) => (await plain<unknown[]>('table.py', table)).map((row) => JSON.stringify(row)).sort()

    async function filesIn(path: string): Promise<string[]> {
      const { Contents = [] } = await shared.owner.s3.send(new ListObjectsV2Command({ Bucket: LAKE, Prefix: `curated/stock/${path}/` }))
      return Contents.map(({ Key = '' }) => Key)
    }

    // What one finds where other programs have written the table before: many small files, the same rows.
    async function crowd() {
      const table = await exported()
      for (const [file, pieces] of Object.entries(await plain<Record<string, string[]>>('split_parquet.py', table, '4'))) {
        for (const piece of pieces)
          await shared.owner.s3.send(
            new PutObjectCommand({ Bucket: LAKE, Key: `curated/stock/${piece}`, Body: readFileSync(join(table, piece)) }),
          )
        await shared.owner.s3.send(new DeleteObjectCommand({ Bucket: LAKE, Key: `curated/stock/${file}` }))
      }
    }

    beforeAll(async () => {
      const rows = (from: number, day: string) => Array.from({ length: 50 }, (_, index) => `k${from + index},${index}.5,${day}`)
      await land('2025-01', 'first', [
        ...rows(0, '2025-01-01'),
        'bad,-1,2025-01-01',
        ...Array.from({ length: 10 }, (_, n) => `bad${n},-1,2025-01-01`),
      ])
      await land('2025-01', 'second', rows(30, '2025-01-01'))
      await land('2025-01', 'third', rows(200, '2025-01-02'))
      await crowd()
    }, 400_000)

    it('a compaction is forecast, done, and then there is nothing to do', async () => {
      const before = await rowsOf(await exported())
      expect(before).toHaveLength(130)
      expect([(await filesIn(LARGE)).length, (await filesIn(SMALL)).length]).toEqual([4, 4])

      const plan = {
        partitions: 1,
        crowded: [{ path: LARGE, files: 4, bytes: expect.any(Number), filesAfter: 1 }],
      }
      const dry = await command('compact', 'stock', '--where', "day < '2025-01-02'", '--dry-run')
      expect(dry.exitCode, dry.stderr).toBe(0)
      expect(lastObject(dry.stdout)).toEqual({ plan })
      expect(await filesIn(LARGE)).toHaveLength(4)

      const done = await command('compact', 'stock', '--where', "day < '2025-01-02'", '--yes')
      expect(done.exitCode, done.stderr).toBe(0)
      expect(lastObject(done.stdout)).toMatchObject({
        plan,
        status: 'SUCCEEDED',
        finding: '4 files of one partition became 1, with the same 80 rows',
      })
      expect([(await filesIn(LARGE)).length, (await filesIn(SMALL)).length]).toEqual([1, 4])
      expect(await rowsOf(await exported())).toEqual(before)

      const rest = await command('compact', 'stock', '--partition', 'year=2025', '--yes')
      expect(lastObject(rest.stdout)).toMatchObject({ finding: '4 files of one partition became 1, with the same 50 rows' })
      expect(await rowsOf(await exported())).toEqual(before)
      const crawls = shared.pipeline.crawls().curated

      const again = await command('compact', 'stock', '--yes')
      expect(again.exitCode).toBe(0)
      expect(lastObject(again.stdout)).toEqual({ plan: { partitions: 2, crowded: [] } })
      expect(shared.pipeline.crawls().curated).toBe(crawls)
    }, 300_000)

    it('is a batch of its own, that makes no table fresh and covers no landing', async () => {
      await shared.pipeline.settle()
      type Batches = { batches: { source: string; status: string; rows: unknown; compaction: string | null }[] }
      const { batches } = lastObject<Batches>((await command('runs', 'stock')).stdout)
      expect(batches.map(({ source }) => source)).toEqual(['curated', 'curated', 'landings', 'landings', 'landings'])
      expect(batches[0]).toMatchObject({
        status: 'succeeded',
        rows: null,
        quarantineRate: null,
        compaction: expect.stringMatching(/^4 files/),
      })
      expect(lastObject((await command('status', 'stock')).stdout)).toMatchObject({ datasets: [{ lastGood: { source: 'landings' } }] })
      // The warning about the first landing was over with the second, and no compaction has said so again.
      expect((await shared.pipeline.alerts()).filter(({ dataset }) => dataset === 'stock').map(({ kind }) => kind)).toEqual([
        'quarantine-rate',
        'recovered',
      ])
    }, 120_000)

    it('costs its job and no crawl, and the sum of costs is that of the report', async () => {
      type Cost = { datasets: { batches: object; used: { crawls: number }; dollars: Record<string, number>; dollarsPerMonth: number }[] }
      const { datasets } = lastObject<Cost>((await command('cost', 'stock')).stdout)
      expect(datasets).toMatchObject([{ batches: { costed: 5, failed: 0, running: 0, unknown: 0 }, used: { crawls: 6, landings: 3 } }])
      type Report = { datasets: { batches: { source: string; cost: Record<string, number> }[] }[] }
      const batches = lastObject<Report>((await command('report', 'stock', '--no-examples')).stdout).datasets[0]?.batches ?? []
      expect(batches.map(({ source, cost }) => [source, cost.crawls])).toEqual([
        ...Array(3).fill(['landings', 0.2933]),
        ...Array(2).fill(['curated', 0]),
      ])
      const reported = batches.reduce((sum, { cost }) => sum + (cost.total ?? 0), 0)
      expect(datasets[0]?.dollars.total).toBeCloseTo(reported, 2)
      expect(datasets[0]?.dollarsPerMonth).toBeCloseTo(30 * reported, 1)
      const words = await sluice(['cost', 'stock', '--stage', 'dev', '--days', '7'])
      expect(words.stdout).toMatch(/^stock {2}\$\d.* in the last 7 days, 5 batches\n/)
      expect(words.stdout).toMatch(/\n *crawls +6 crawls +\$0\.88/)
      expect(words.stdout).toMatch(/estimate .* list prices assumed for us-east-1 as of \d{4}-\d\d/)
      expect(await command('cost', '--days', '91')).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/keeps executions for 90 days/),
      })
    }, 120_000)

    it('a landing after it merges with what it wrote', async () => {
      await land('2025-02', 'fourth', ['k0,999,2025-01-01', 'new,1,2025-01-01'])
      const rows = await rowsOf(await exported())
      expect(rows).toHaveLength(131)
      expect(rows.join()).toContain('999')
    }, 120_000)

    it('a check of the keys reports that each occurs once, or where one does not', async () => {
      const well = await command('compact', 'stock', '--check-keys', '--yes')
      expect(lastObject(well.stdout)).toMatchObject({
        status: 'SUCCEEDED',
        finding: expect.stringMatching(/each of 131 keys occurs once$/),
      })

      const [file = ''] = await filesIn(LARGE)
      const stray = `curated/stock/${SMALL}/stray.parquet`
      await shared.owner.s3.send(new CopyObjectCommand({ Bucket: LAKE, CopySource: `${LAKE}/${file}`, Key: stray }))
      const twice = await sluice(['compact', 'stock', '--stage', 'dev', '--check-keys', '--yes'])
      await shared.owner.s3.send(new DeleteObjectCommand({ Bucket: LAKE, Key: stray }))
      expect(twice.exitCode).toBe(1)
      expect(twice.stderr).toMatch(
        /81 keys of stock are in the table more than once, such as in year=2025\/day=2025-01-01 and year=2025\/day=2025-01-02/,
      )
    }, 120_000)

    it.each([
      [['--partition', 'day=1999-01-01'], /"day=1999-01-01" selects no partition of table stock/],
      [['--partition', 'year=2025', 'day=1999-01-01'], /"day=1999-01-01" selects no partition/],
      [['--partition', 'month=2025-01'], /--partition: "month" is not a partition key of this dataset \(year, day\)/],
      [['--partition', "day=x'y"], /--partition: day is not a safe partition value/],
      [['--where', '1 = 1'], /--where: expected a partition key/],
      [['--where', "day = '1'", '--partition', 'year=2025'], /either --partition or --where/],
      [[], /give --yes or --dry-run/],
    ])(
      'compact %j is bad usage',
      async (words, message) => {
        const result = await command('compact', 'stock', ...words, ...(words.length > 0 ? ['--dry-run'] : []))
        expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) })
      },
      60_000,
    )

    it('a dataset that is not there is bad usage', async () => {
      const result = await command('compact', 'sails', '--dry-run')
      expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/has no dataset "sails"; it has .*\bstock\b/) })
    }, 60_000)
  })
