import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import { percent } from '../../functions/domain/batch/manifest/manifest-summary.ts'
import { terminal } from '../terminal.ts'
import type { BatchResult, RunResult } from './run-result.ts'

const count = new Intl.NumberFormat('en')

const KINDS = ['read', 'written', 'replaced', 'duplicates', 'superseded', 'quarantined']

/** The batches of a run for people. */
export function batchTable(batches: BatchResult[], width?: number): string {
  const { red, green } = terminal.colours
  const removes = batches.some(({ deleted }) => deleted > 0)
  const held = batches.some(({ unpublished }) => unpublished)
  const rows = batches.map((batch) => {
    const numbers = [batch.rowsRead, batch.rowsWritten, batch.replaced, batch.duplicates, batch.superseded, batch.quarantined]
    if (removes) numbers.push(batch.deleted)
    if (held) numbers.push(batch.unpublished ?? 0)
    return [
      batch.batchId,
      batch.status === 'SUCCEEDED' ? green(batch.status) : red(batch.status),
      ...numbers.map((number) => count.format(number)),
      percent(batch.quarantineRate),
      `${batch.quality.passed}/${batch.quality.rules}`,
    ]
  })
  const heads = [...KINDS, ...(removes ? ['deleted'] : []), ...(held ? ['unpublished'] : []), 'rate', 'quality']
  return fittingTable(['batch', 'status', ...heads], rows, heads, width).text
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
  for (const { batchId, lostRows } of result.batches) if (lostRows) terminal.print(`${yellow('Key?')} ${batchId}: ${lostRows}`)
  for (const { batchId, missingReferences: text } of result.batches) if (text) terminal.print(`${yellow('References')} ${batchId}: ${text}`)
  for (const { kind, dataset, message } of result.alerts) terminal.print(`${yellow('Alert')} ${kind}, ${dataset}: ${message}`)
  for (const { batchId, error } of result.batches) if (error) terminal.print(`${red('Failed')} ${batchId}: ${error}`)
  for (const { dataset, rows } of result.extracts?.filter(({ rows }) => rows !== undefined) ?? [])
    terminal.print(dim(`Extract of ${dataset}: ${count.format(rows ?? 0)} rows`))
  for (const { dataset, error } of result.extracts ?? []) if (error) terminal.print(`${red('Failed')} extract of ${dataset}: ${error}`)
  terminal.print(dim(`Crawls: ${result.crawls.raw} raw, ${result.crawls.curated} curated. Results: ${output}`))
}

/** Columns that go first where the terminal is narrow: what the id, the rest or `--json` tells as well. */
const LEAST_NEEDED = ['started', 'took', 'quality', 'replaced', 'superseded', 'duplicates', 'status', 'rate']

/**
 * As many columns as fit a terminal of that width (any without one), and what was left out.
 * @param numbers heads of columns with numbers
 */
export function fittingTable(
  heads: string[],
  rows: string[][],
  numbers: string[],
  width = process.stdout.columns ?? Number.POSITIVE_INFINITY,
) {
  const widths = heads.map((head, column) =>
    Math.max(...[head, ...rows.map((row) => row[column] ?? '')].map((cell) => stripVTControlCharacters(cell).length)),
  )
  const shown = new Set(heads)
  const total = () => heads.reduce((sum, head, column) => sum + (shown.has(head) ? (widths[column] ?? 0) + 2 : 0), -2)
  for (const head of LEAST_NEEDED) if (total() > width) shown.delete(head)
  const places = heads.flatMap((head, column) => (shown.has(head) ? [column] : []))
  const kept = places.map((column) => heads[column] ?? '')
  const table = plainTable(
    kept.map((head) => terminal.colours.bold(head)),
    kept.flatMap((head, place) => (numbers.includes(head) ? [place] : [])),
  )
  for (const row of rows) table.push(places.map((column) => row[column] ?? ''))
  return { text: table.toString().replaceAll(/ +$/gm, ''), leftOut: heads.filter((head) => !shown.has(head)) }
}

export function plainTable(head: string[], rightAligned: number[]) {
  return new Table({
    head,
    colAligns: head.map((_, index) => (rightAligned.includes(index) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
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
      middle: '  ',
    },
  })
}
