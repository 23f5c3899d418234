import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { manifestSchema } from '../../functions/domain/batch/manifest/manifest.ts'
import { percent } from '../../functions/domain/batch/manifest/manifest-summary.ts'
import { NEXT_COMMANDS, sluiceCommand } from '../../functions/domain/command/next-command.ts'
import { manifestKey } from '../../functions/domain/names.ts'
import type { BatchResult, RunResult } from '../run/run-result.ts'
import { batchTable, plainTable, reasonsOf } from '../run/run-table.ts'
import { terminal } from '../terminal.ts'
import type { DemoWaves } from './monthly-files.ts'

const count = new Intl.NumberFormat('en')
const money = new Intl.NumberFormat('en', { minimumFractionDigits: 2 })

/** The end of the demo: what happened, where the results are, what to try next. */
export async function printDemo(result: RunResult, waves: DemoWaves, places: { output: string; shownOutput: string }): Promise<void> {
  const { alerts, crawls } = result
  const batches = result.batches.filter(({ dataset }) => dataset === 'online_retail')
  const gold = result.batches.filter(({ dataset }) => dataset !== 'online_retail')
  const { bold, dim, green, red, yellow } = terminal.colours
  const sum = (number: (batch: BatchResult) => number) => batches.reduce((total, batch) => total + number(batch), 0)
  const rules = sum(({ quality }) => quality.rules)
  const passed = sum(({ quality }) => quality.passed)
  const failed = result.batches.filter(({ status }) => status !== 'SUCCEEDED').length
  const table = await tableSize(batches, places.output)

  terminal.print(`\n${batchTable(result.batches)}\n`)
  const totals = plainTable([], [])
  const line = (name: string, value: string, remark = '') => totals.push([bold(name), value, dim(remark)])
  line('files landed', count.format(waves.files.first + waves.files.second), 'in two waves')
  line('crawls', `${crawls.raw} raw, ${crawls.curated} curated`, `${waves.files.first} files of the burst share one`)
  line('batches', `${result.batches.length}${failed > 0 ? red(`, ${failed} failed`) : ''}`, `${gold.length} of them of gold tables`)
  line('rows read', count.format(sum((batch) => batch.rowsRead)))
  line('rows written', count.format(sum((batch) => batch.rowsWritten)), `${waves.corrections} of them replace an earlier version`)
  line('duplicates', count.format(sum((batch) => batch.duplicates)), 'the same invoice in two source sheets, without bad rows')
  line('superseded', count.format(sum((batch) => batch.superseded)), 'older than the version that was already in the table')
  const quarantined = sum((batch) => batch.quarantined)
  line(
    'quarantined',
    count.format(quarantined),
    `${percent(quarantined / sum((batch) => batch.rowsRead))} of the rows; some break two rules`,
  )
  for (const [reason, rows] of reasonsOf(batches)) line(`  ${reason}`, count.format(rows))
  line('quality rules', `${green(`${passed} passed`)}, ${rules - passed > 0 ? red(`${rules - passed} failed`) : '0 failed'}`)
  line('alerts sent', String(alerts.length))
  line('table online_retail', `${count.format(table.rows)} rows`, `in ${table.partitions} partitions, catalogued`)
  terminal.print(totals.toString().replaceAll(/ +$/gm, ''))
  await printGold(gold, places.output)
  if (alerts.length > 0) terminal.print(`\n${bold('Alerts')}`)
  for (const { kind, message } of alerts) terminal.print(`  ${yellow(kind)}  ${message}`)
  for (const { batchId, error } of result.batches) if (error) terminal.print(`${red('failed')} ${batchId}: ${error}`)

  const at = (...parts: string[]) => join(places.shownOutput, ...parts)
  terminal.print(`
${bold('Where the results are')}
  ${at('curated', 'online_retail')}/      the table, Parquet by invoice_month
  ${at('curated', 'monthly_revenue')}/    what was earned each month, made of it by SQL; so is customer_totals/
  ${at('quarantine', 'online_retail')}/   each bad row as it was read, with its reasons
  ${at('runs', 'online_retail')}/         what each batch read and wrote, and its quality results

${bold('What to try next')}
  ${sluiceCommand(NEXT_COMMANDS.report(places.shownOutput))}        one page: is the data good and fresh?
  change a rule in datasets/online_retail.yml, then   ${sluiceCommand(NEXT_COMMANDS.validate())}   and   npm run demo
  your own files:   npx --no-install sluice run --contracts <folder> --input <folder> --output <folder>
  all commands:     npx --no-install sluice --help`)
}

/** What each gold table was computed from and for, and the sums that it shares with the invoices. */
async function printGold(batches: BatchResult[], output: string): Promise<void> {
  const { bold, dim, green } = terminal.colours
  const lines = plainTable([], [])
  for (const { dataset, batchId, status, rowsWritten } of batches) {
    if (status !== 'SUCCEEDED') continue
    const { gold } = await readManifest(dataset, batchId, output)
    const rebuilt = gold?.rebuilt === 'everything' ? 'the whole table' : GOLD[dataset]?.(gold?.rebuilt ?? 0)
    const sums = Object.values(gold?.reconciled ?? {}).map(
      (check) => `${money.format(Number(check.gold))} = ${money.format(Number(check.sources))}`,
    )
    lines.push([bold(dataset), `${count.format(rowsWritten)} rows`, rebuilt ?? '', green(sums.join(', '))])
  }
  if (lines.length === 0) return
  terminal.print(`\n${bold('Gold')} ${dim('made of online_retail by SQL; its sum in pounds = that of the invoices')}`)
  terminal.print(lines.toString().replaceAll(/ +$/gm, ''))
}

/** What a change of the invoices has computed anew, by dataset. */
const GOLD: Record<string, (rebuilt: number) => string> = {
  monthly_revenue: (months) => `${months} of the months`,
  customer_totals: (customers) => `${count.format(customers)} of the customers`,
}

const readManifest = async (dataset: string, batchId: string, output: string) =>
  manifestSchema.parse(JSON.parse(await readFile(join(output, manifestKey(dataset, batchId)), 'utf8')))

// A partition is replaced whole, so its last publication says how many rows it has.
async function tableSize(batches: BatchResult[], output: string): Promise<{ rows: number; partitions: number }> {
  const rows = new Map<string, number>()
  for (const { dataset, batchId, status } of batches) {
    if (status !== 'SUCCEEDED') continue
    const manifest = await readManifest(dataset, batchId, output)
    for (const partition of manifest.partitions) rows.set(partition.path, partition.rows)
  }
  return { rows: [...rows.values()].reduce((total, each) => total + each, 0), partitions: rows.size }
}
