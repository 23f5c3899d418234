import Table from 'cli-table3'
import { percent } from '../../functions/domain/batch/manifest-summary.ts'
import { terminal } from '../terminal.ts'
import type { BatchResult, RunResult } from './run-result.ts'

const count = new Intl.NumberFormat('en')

/** The batches of a run for people. */
export function batchTable(batches: BatchResult[]): string {
  const { bold, red, green } = terminal.colours
  const heads = ['dataset', 'batch', 'status', 'read', 'written', 'duplicates', 'superseded', 'quarantined', 'rate', 'quality']
  const table = plainTable(
    heads.map((head) => bold(head)),
    [3, 4, 5, 6, 7, 8, 9],
  )
  for (const batch of batches) {
    const numbers = [batch.rowsRead, batch.rowsWritten, batch.duplicates, batch.superseded, batch.quarantined]
    table.push([
      batch.dataset,
      batch.batchId.slice(batch.dataset.length + 1),
      batch.status === 'SUCCEEDED' ? green(batch.status) : red(batch.status),
      ...numbers.map((number) => count.format(number)),
      percent(batch.quarantineRate),
      `${batch.quality.passed}/${batch.quality.rules}`,
    ])
  }
  return table.toString()
}

/** Reasons over all batches, most rows first. */
export function reasonsOf(batches: BatchResult[]): [string, number][] {
  const reasons = new Map<string, number>()
  for (const { quarantinedByRule } of batches) {
    for (const [reason, rows] of Object.entries(quarantinedByRule)) reasons.set(reason, (reasons.get(reason) ?? 0) + rows)
  }
  return [...reasons].filter(([, rows]) => rows > 0).sort(([, some], [, more]) => more - some)
}

export function printRun(result: RunResult, output: string): void {
  const { dim, yellow, red } = terminal.colours
  terminal.print(batchTable(result.batches))
  const reasons = reasonsOf(result.batches)
  if (reasons.length > 0) terminal.print(`Quarantined: ${reasons.map(([reason, rows]) => `${reason} ${count.format(rows)}`).join(', ')}`)
  for (const { batchId, drift } of result.batches) if (drift) terminal.print(`${yellow('Drift')} ${batchId}: ${drift}`)
  for (const { kind, dataset, message } of result.alerts) terminal.print(`${yellow('Alert')} ${kind}, ${dataset}: ${message}`)
  for (const { batchId, error } of result.batches) if (error) terminal.print(`${red('Failed')} ${batchId}: ${error}`)
  terminal.print(dim(`Crawls: ${result.crawls.raw} raw, ${result.crawls.curated} curated. Results: ${output}`))
}

export function plainTable(head: string[], rightAligned: number[]) {
  return new Table({
    head,
    colAligns: head.map((_, index) => (rightAligned.includes(index) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: ' ',
    },
  })
}
