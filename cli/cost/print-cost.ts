import { PRICES } from '../../functions/domain/cost/prices.ts'
import { dollars, plural } from '../../functions/domain/words.ts'
import { bytes } from '../amounts.ts'
import { plainTable } from '../run/run-table.ts'
import { terminal } from '../terminal.ts'
import type { DatasetCost } from './dataset-cost.ts'
import type { ExtractCost } from './extract-cost.ts'

/** `extracts`: null where the dataset had none. */
export type PrintedCost = DatasetCost & { extracts: ExtractCost | null }

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const about = (amount: number | null) => (amount === null ? '' : dollars(amount))

/** Every dataset on a line, the dearest first. */
export function printCosts(costs: PrintedCost[], days: number): void {
  const extracted = costs.some(({ extracts }) => extracts !== null)
  const { bold, dim } = terminal.colours
  const heads = [
    'dataset',
    'batches',
    'job',
    'quality',
    'crawls',
    'rest',
    ...(extracted ? ['extracts'] : []),
    'together',
    'a batch',
    'a GB',
    'a million rows',
    'a month',
  ]
  const table = plainTable(
    heads.map((head) => bold(head)),
    heads.slice(1).map((_, index) => index + 1),
  )
  for (const { dataset, batches, dollars: cost, extracts, ...per } of [...costs].sort((left, right) => together(right) - together(left))) {
    table.push([
      dataset,
      count.format(batches.costed),
      dollars(cost.curate),
      dollars(cost.quality),
      dollars(cost.crawls),
      dollars(cost.orchestration + cost.functions + cost.requests),
      ...(extracted ? [extracts ? dollars(extracts.dollars) : ''] : []),
      bold(dollars(together({ dollars: cost, extracts }))),
      about(per.dollarsPerBatch),
      about(per.dollarsPerGigabyte),
      about(per.dollarsPerMillionRows),
      about(monthlyTogether({ dollarsPerMonth: per.dollarsPerMonth, extracts })),
    ])
  }
  terminal.print(table.toString().replaceAll(/ +$/gm, ''))
  const total = costs.reduce((sum, each) => sum + together(each), 0)
  const monthly = costs.reduce((sum, each) => sum + (monthlyTogether(each) ?? 0), 0)
  terminal.print(`${bold(dollars(total))} in ${lastDays(days)}, ${dollars(monthly)} a month at this pace`)
  for (const { dataset, batches } of costs) {
    for (const line of reservations(batches)) terminal.print(dim(`${dataset}: ${line}`))
  }
}

const together = ({ dollars: cost, extracts }: Pick<PrintedCost, 'dollars' | 'extracts'>) => cost.total + (extracts?.dollars ?? 0)

function monthlyTogether({ dollarsPerMonth, extracts }: Pick<PrintedCost, 'dollarsPerMonth' | 'extracts'>): number | null {
  const known = [dollarsPerMonth, extracts?.dollarsPerMonth].filter((each) => each !== null && each !== undefined)
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0)
}

/** One dataset, by step. */
export function printCost({ dataset, batches, used, dollars: cost, read, extracts, ...per }: PrintedCost, days: number): void {
  const { bold, dim } = terminal.colours
  terminal.print(
    `${bold(dataset)}  ${dollars(together({ dollars: cost, extracts }))} in ${lastDays(days)}, ${plural(batches.costed, 'batch', 'batches')}`,
  )
  if (batches.costed > 0) terminal.print(stepTable(used, cost))
  if (extracts) {
    const { standard, flex } = extracts.dpuSeconds
    const failed = extracts.failed > 0 ? `, ${extracts.failed} of them failed` : ''
    terminal.print(
      `${dollars(extracts.dollars)} of it went into ${plural(extracts.costed, 'extract')}${failed}: ${seconds(standard + flex)}, ${plural(extracts.rows, 'row')}`,
    )
    if (extracts.unknown > 0)
      terminal.print(dim(`not in it: ${plural(extracts.unknown, 'extract')} whose execution Step Functions no longer has`))
  }
  const ratios: [string, string, number | null][] = [
    ['a batch', '', per.dollarsPerBatch],
    ['a GB', `${bytes(read.bytes)} were read`, per.dollarsPerGigabyte],
    ['a million rows', `${count.format(read.rows)} were read`, per.dollarsPerMillionRows],
    ['a month', `at the pace of ${lastDays(per.projectedFromDays)}`, monthlyTogether({ dollarsPerMonth: per.dollarsPerMonth, extracts })],
  ]
  for (const [name, basis, amount] of ratios) {
    if (amount !== null) terminal.print(`${name.padEnd(15)} ${dollars(amount).padStart(8)}  ${dim(basis)}`.trimEnd())
  }
  if (batches.failed > 0)
    terminal.print(`${dollars(per.failedDollars)} of it went into ${plural(batches.failed, 'batch', 'batches')} that failed`)
  for (const line of reservations(batches)) terminal.print(dim(line))
}

function stepTable(used: DatasetCost['used'], cost: DatasetCost['dollars']): string {
  const { bold } = terminal.colours
  const { standard, flex } = used.curateDpuSeconds
  const capacity = [standard > 0 ? seconds(standard) : '', flex > 0 ? `${seconds(flex)} flex` : ''].filter(Boolean).join(', ')
  const table = plainTable(
    ['step', 'used', 'cost', 'share'].map((head) => bold(head)),
    [2, 3],
  )
  const steps: [string, string, number][] = [
    ['curate (Glue job)', capacity || 'no job run', cost.curate],
    ['quality run', seconds(used.qualityDpuSeconds), cost.quality],
    ['crawls', plural(used.crawls, 'crawl', 'crawls'), cost.crawls],
    ['Step Functions', `${count.format(used.transitions)} transitions`, cost.orchestration],
    ['Lambda', `${plural(used.functionCalls, 'call', 'calls')}, ${count.format(used.functionSeconds)} s`, cost.functions],
    [
      'requests',
      `S3 ${count.format(used.s3Writes)} writes and ${count.format(used.s3Reads)} reads, ${plural(used.landings, 'landing', 'landings')}`,
      cost.requests,
    ],
  ]
  for (const [step, what, amount] of steps)
    table.push([step, what, dollars(amount), cost.total === 0 ? '' : `${Math.round((100 * amount) / cost.total)}%`])
  return table.toString().replaceAll(/ +$/gm, '')
}

const seconds = (amount: number) => `${count.format(amount)} DPU-seconds`
const lastDays = (days: number) => (days === 1 ? 'the last day' : `the last ${days} days`)

/** What the sums leave out of the dataset's own batches. */
function reservations({ running, unknown }: DatasetCost['batches']): string[] {
  return [
    ...(running > 0 ? [`not in it: ${plural(running, 'batch', 'batches')} still running`] : []),
    ...(unknown > 0 ? [`not in it: ${plural(unknown, 'batch', 'batches')} whose execution Step Functions no longer has`] : []),
  ]
}

/** What all sums are and are not. */
export function printAssumptions(isLaptop: boolean): void {
  const { dim } = terminal.colours
  const { region, asOf, dpuHour, transition } = PRICES
  const rates = `Glue $${dpuHour.standard} a DPU-hour (Flex $${dpuHour.flex}), Step Functions $${Math.round(transition * 1e6)} a million transitions`
  terminal.print(dim(`An estimate from what ran, at list prices assumed for ${region} as of ${asOf}: ${rates}.`))
  terminal.print(
    dim(
      'Not in it: storage, logs, metrics, keys, alarms, the sweep, taxes and discounts. The bill: Cost Explorer, by the tag sluice-stage.',
    ),
  )
  if (isLaptop) terminal.print(dim('The times are those of this machine, so the cost on AWS will differ.'))
}
