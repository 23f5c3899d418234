import type { DatasetModel, ReasonModel } from '../../model/model.ts'
import { offendingColumns } from '../../model/offending-columns.ts'
import { h } from '../dom.ts'
import type { View } from '../view.ts'
import { count, plural, share } from '../words.ts'

const REASONS = 12

/** Why rows were set aside, most first; each opens to where they came from and what they look like. */
export function quarantineSection({ dataset, reasons, totals, showQuarantine }: DatasetModel, { opened }: View): HTMLElement {
  const most = reasons[0]?.rows ?? 0
  const inQuarantine = totals.inQuarantine === null ? '' : `${plural(totals.inQuarantine, 'row')} in quarantine now`
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'quarantine' },
    h('div', { class: 'card-head' }, h('h3', { id: 'quarantine' }, 'Quarantine'), h('p', { class: 'muted' }, inQuarantine)),
    reasons.length === 0 ? h('p', { class: 'muted' }, 'Nothing was set aside.') : null,
    ...reasons.slice(0, REASONS).map((reason) => reasonLine(reason, most, totals.rows.read, `${dataset} ${reason.reason}`, opened)),
    reasons.length > REASONS &&
      h(
        'p',
        { class: 'muted' },
        `and ${reasons.length - REASONS} more reasons`,
        ...(showQuarantine ? [': ', h('code', {}, showQuarantine)] : []),
      ),
  )
}

function reasonLine(reason: ReasonModel, most: number, read: number, key: string, opened: Set<string>): HTMLElement {
  const { reason: name, rows, batches, files, examples } = reason
  const details = h<HTMLDetailsElement>(
    'details',
    { class: 'reason', open: opened.has(key), toggle: () => (details.open ? opened.add(key) : opened.delete(key)) },
    h(
      'summary',
      { 'data-key': `reason ${key}` },
      h('span', { class: 'reason-name' }, name),
      h('span', { class: 'number' }, count(rows), h('span', { class: 'muted' }, ` ${read > 0 ? share(rows / read) : ''}`)),
      h('span', { class: 'meter', 'aria-hidden': true, '--part': `${most === 0 ? 0 : (100 * rows) / most}%` }),
    ),
    h('p', { class: 'muted' }, `${plural(rows, 'row')} in ${plural(batches, 'batch', 'batches')}. A row with two reasons counts in both.`),
    Object.keys(files).length > 0 && h('h4', {}, 'From'),
    Object.keys(files).length > 0 &&
      h(
        'ul',
        { class: 'files' },
        ...Object.entries(files).map(([file, number]) =>
          h('li', {}, h('span', { class: 'number' }, count(number)), ' ', h('code', {}, file)),
        ),
      ),
    examples.length > 0 ? exampleTable(examples, name) : h('p', { class: 'muted' }, 'No example.'),
  )
  return details
}

export function exampleTable(examples: ReasonModel['examples'], reason: string): HTMLElement {
  const all = [...new Set(examples.flatMap((example) => Object.keys(example)))]
  const offending = offendingColumns(reason, all)
  const columns = [...offending, ...all.filter((column) => !offending.includes(column))]
  const mark = (column: string) => (offending.includes(column) ? 'offending' : '')
  return h(
    'div',
    {},
    h('h4', {}, 'Examples, as they were read'),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Example rows: ${reason}` },
      h(
        'table',
        { class: 'examples' },
        h('thead', {}, h('tr', {}, ...columns.map((column) => h('th', { scope: 'col', class: mark(column) }, column)))),
        h('tbody', {}, ...examples.map((example) => h('tr', {}, ...columns.map((column) => valueCell(example[column], mark(column)))))),
      ),
    ),
  )
}

const valueCell = (value: string | null | undefined, mark: string) =>
  value == null ? h('td', { class: `null ${mark}` }, 'NULL') : h('td', { class: mark }, value)
