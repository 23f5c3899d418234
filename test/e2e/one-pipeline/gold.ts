import { InvokeCommand } from '@aws-sdk/client-lambda'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, it } from 'vitest'
import { statusOf } from '../../../cli/batches/dataset-status.ts'
import { connect, type Deployment } from '../../../cli/deployment/connect.ts'
import { goldScheduleName } from '../../../functions/domain/names.ts'
import { plain, sluice } from '../sluice-command.ts'
import { execute } from './executions.ts'
import { Draws, landedRows, SEQUENCES, type Wave } from './gold-sequences.ts'
import type { SharedPipeline } from './shared-pipeline.ts'

const OWNER = 'owner: sales@example.com'
/** Each of the sequences is a partition of every table, so one pipeline plays all of them. */
export const GOLD_CONTRACTS = {
  'purchases.yml': `
dataset: purchases
${OWNER}
source: { format: csv, options: { header: true } }
columns: { seq: int, purchase_id: string, buyer_id: bigint, amount: "decimal(12,2)", day: date, version: int, op: string }
primary_key: [seq, purchase_id]
latest_by: [version]
delete_when: op = 'D'
foreign_keys: { buyer_id: { in: buyers.buyer_id, on_missing: wait, within: 6 hours } }
curated: { partition_by: [seq, day] }
`,
  'buyers.yml': `
dataset: buyers
${OWNER}
source: { format: csv, options: { header: true } }
columns: { seq: int, buyer_id: bigint, segment: string, version: int, op: string }
primary_key: [seq, buyer_id]
latest_by: [version]
delete_when: op = 'D'
curated: { partition_by: [seq] }
`,
  'monthly_sales.yml': `
dataset: monthly_sales
${OWNER}
gold:
  sources:
    purchases: { rebuilds: { seq: seq, month: "trunc(day, 'MM')" } }
    buyers: { rebuilds: { seq: seq } }
  sql: |
    SELECT p.seq, trunc(p.day, 'MM') AS month, b.segment, count(*) AS purchases, sum(p.amount) AS revenue
    FROM purchases p JOIN buyers b ON b.seq = p.seq AND b.buyer_id = p.buyer_id GROUP BY 1, 2, 3
columns: { seq: int, month: date, segment: string, purchases: bigint, revenue: "decimal(22,2)" }
primary_key: [seq, month, segment]
reconcile:
  revenue: { gold: SELECT sum(revenue) FROM monthly_sales, sources: "SELECT sum(amount) FROM purchases JOIN buyers USING (seq, buyer_id)" }
quality: Rules = [ ColumnValues "revenue" < 1000000 ]
curated: { partition_by: [seq, month] }
`,
  'buyer_totals.yml': `
dataset: buyer_totals
${OWNER}
gold:
  sources: { purchases: { rebuilds: { key: [seq, buyer_id] } }, buyers: { rebuilds: { key: [seq, buyer_id] } } }
  sql: |
    SELECT p.seq, p.purchase_id, p.buyer_id, b.segment, p.amount,
           sum(p.amount) OVER (PARTITION BY p.seq, p.buyer_id ORDER BY p.day, p.purchase_id ROWS UNBOUNDED PRECEDING) AS total
    FROM purchases p LEFT JOIN buyers b ON b.seq = p.seq AND b.buyer_id = p.buyer_id
  start: after_all
columns: { seq: int, purchase_id: string, buyer_id: bigint, segment: string, amount: "decimal(12,2)", total: "decimal(22,2)" }
primary_key: [seq, purchase_id]
curated: { partition_by: [seq] }
`,
  // Its time comes when the test says so.
  'yearly_sales.yml': `
dataset: yearly_sales
${OWNER}
gold:
  sources: { monthly_sales: { rebuilds: { seq: seq, year: year(month) } } }
  sql: SELECT seq, year(month) AS year, sum(revenue) AS revenue, sum(purchases) AS purchases FROM monthly_sales GROUP BY 1, 2
  start: cron(0 6 1 1 ? 2099)
columns: { seq: int, year: int, revenue: "decimal(32,2)", purchases: bigint }
primary_key: [seq, year]
curated: { partition_by: [seq, year] }
`,
}

/** Tables made of tables, and rows that wait for their parent, from the files that land to what DuckDB makes of the published sources. */
export const gold = (shared: SharedPipeline) =>
  describe('gold', () => {
    const draws = new Draws()
    let landed = 0
    let deployment: Deployment

    async function land(wave: Wave): Promise<void> {
      const name = `wave-${landed++}`
      for (const [dataset, rows] of Object.entries(landedRows(wave, landed)))
        if (rows.length > 1) shared.write(`gold/${name}/${dataset}/${name}.csv`, `${rows.join('\n')}\n`)
      await landAgain(name)
    }
    async function landAgain(name = `wave-${landed - 1}`): Promise<void> {
      await shared.pipeline.land(shared.place('gold', name))
      await shared.pipeline.settle()
    }
    const batchesOf = (dataset: string) => shared.pipeline.batches().filter((batch) => batch.dataset === dataset)
    const outcomes = (dataset: string) => batchesOf(dataset).map(({ status, error = '' }) => `${status} ${error.split(':')[0]}`.trim())
    const command = (...words: string[]) => sluice([...words, '--stage', 'dev'])
    const status = (dataset: string) => statusOf(dataset, deployment)
    const tables = async () => {
      const out = shared.place(`gold/out-${landed}`)
      await shared.pipeline.export(out)
      return plain<{ wrong: object; rows: Record<string, number> }>('gold_sequences.py', out)
    }

    describe('rows whose parent has not landed', () => {
      beforeAll(async () => {
        deployment = await connect({ stage: 'dev' })
        await land({ purchases: [...draws.firstPurchases(), draws.tooLarge()], buyers: [] })
      }, 300_000)

      it('wait, and status shows how many and since when; gold that lacks a source waits too', async () => {
        expect(outcomes('purchases')).toEqual(['SUCCEEDED'])
        const waiting = 2 * SEQUENCES + 1
        expect(await status('purchases')).toMatchObject({ awaitsParents: { rows: waiting }, failed: [] })
        expect((await command('status', 'purchases')).stdout).toContain(`${waiting} rows wait for the key of a parent, the oldest since`)
        expect(await status('monthly_sales')).toMatchObject({ waiting: { objects: 1 }, awaitsSources: ['buyers'], failed: [] })
        expect(outcomes('monthly_sales')).toEqual([])
      }, 120_000)

      it('raise one alert when they wait for longer than the contract lets them', async () => {
        // A day passes.
        const Key = `runs/purchases/${batchesOf('purchases')[0]?.batchId}/manifest.json`
        const manifest = { Bucket: 'sluice-dev-lake-123456789012-us-east-1', Key }
        const text = await (await shared.owner.s3.send(new GetObjectCommand(manifest))).Body?.transformToString()
        const since = new Date(Date.now() - 86_400_000).toISOString()
        const Body = (text ?? '').replace(/("waiting": \{[^}]*"since": ")[^"]*/, `$1${since}`)
        await shared.owner.s3.send(new PutObjectCommand({ ...manifest, Body }))
        for (const _ of [1, 2]) await shared.owner.lambda.send(new InvokeCommand({ FunctionName: 'sluice-dev-sweep' }))
        const alerts = async () => (await shared.pipeline.alerts()).filter(({ kind }) => kind === 'rows-wait')
        await expect.poll(alerts, { timeout: 10_000 }).toEqual([expect.objectContaining({ dataset: 'purchases' })])
        expect((await status('purchases')).awaitsParents?.since).toBe(since)
      }, 120_000)

      it('come in by themselves when it publishes', async () => {
        await land({ purchases: [], buyers: draws.everyBuyer('home') })
        // One buyer of each sequence is still missing.
        expect((await status('purchases')).awaitsParents?.rows).toBe(SEQUENCES)
        expect(outcomes('purchases')).toEqual(['SUCCEEDED', 'SUCCEEDED'])
        expect(batchesOf('purchases')[1]?.execution).toMatch(/^purchases-waiting-/)
      }, 120_000)
    })

    it('that a rule stops publishes nothing, while the others go on', async () => {
      expect(outcomes('monthly_sales').at(-1)).toBe('FAILED QualityGateError')
      expect(Object.keys((await tables()).rows)).toEqual(['buyer_totals'])
      expect(new Set(outcomes('buyer_totals'))).toEqual(new Set(['SUCCEEDED']))
    }, 60_000)

    it('equals its query after corrections, deletes, a redrive and a schedule', async () => {
      for (let wave = 0; wave < draws.more; wave++) {
        await land(draws.wave())
        if (wave % 3 === 0) await landAgain()
        if (wave % 5 === 0) await execute(shared.owner, 'backfill', { dataset: 'buyer_totals', all: true, reason: `wave ${wave}` })
      }
      // No row waits that a wave can let in: both sources publish, and what starts after all of them starts.
      if (draws.more > 0) await land({ purchases: [], buyers: draws.everyBuyer('home') })
      const { purchases, buyers } = draws.wave()
      const others = draws
        .everyBuyer('shop')
        .filter((each) => !buyers.some(({ seq, buyer_id }) => seq === each.seq && buyer_id === each.buyer_id))
      await land({ purchases: [...purchases, draws.corrected()], buyers: [...buyers, ...others] })
      await command('redrive', '--json')
      await shared.pipeline.settle()
      expect([(await status('monthly_sales')).failed, outcomes('yearly_sales')]).toEqual([[], []])
      await shared.pipeline.comesBy(goldScheduleName('sluice-dev', 'yearly_sales'))
      await shared.pipeline.settle()
      expect(outcomes('yearly_sales')).toEqual(['SUCCEEDED'])
      expect((await status('yearly_sales')).waiting.objects).toBe(0)
      const { wrong, rows } = await tables()
      expect(wrong, `SLUICE_SEED=${draws.seed}`).toEqual({ monthly_sales: [], buyer_totals: [], yearly_sales: [] })
      expect(Math.min(...Object.values(rows))).toBeGreaterThan(0)
    }, 3_600_000)
  })
