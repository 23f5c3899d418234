import type { ExtractModel } from '../../model/extracts.ts'
import type { DatasetModel } from '../../model/model.ts'
import { h } from '../dom.ts'
import { count, dollars, plural, time, took } from '../words.ts'
import { tableCard } from './table-card.ts'

const SIGNS = { landed: '✓ Landed', failed: '✕ Failed', running: '◐ Running' } as const
const HEADS = ['Started', 'Status', 'Window', 'Rows', 'Took', 'Cost']

/** What was read from the dataset's database, newest first. */
export function extractsSection({ extracts }: DatasetModel): HTMLElement | null {
  if (extracts === null || extracts.length === 0) return null
  return tableCard('extracts', {
    title: 'Extracts',
    told: `the last ${plural(extracts.length, 'extract')}`,
    region: 'Extracts of the database',
    heads: HEADS,
    rows: extracts.map(extractRow),
  })
}

function extractRow({ startedAt, status, lower, upper, rows, seconds, dollars: cost, error }: ExtractModel): HTMLElement {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, time(startedAt)),
    h('td', { class: status === 'failed' ? 'bad' : '' }, SIGNS[status]),
    error === null
      ? h('td', {}, lower === null && upper === null ? 'the whole table' : `${lower ?? 'the beginning'} to ${upper ?? 'now'}`)
      : h('td', {}, error),
    h('td', { class: 'number' }, rows === null ? '' : count(rows)),
    h('td', { class: 'number' }, seconds === null ? '' : took(seconds)),
    h('td', { class: 'number' }, cost === null ? '' : dollars(cost)),
  )
}
