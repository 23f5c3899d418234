import type { DatasetModel } from '../model.ts'
import { h } from './dom.ts'
import { plural } from './words.ts'

/** A few rows as the table has them. */
export function previewSection({ dataset, preview }: DatasetModel): HTMLElement | null {
  if (preview === null) return null
  const { columns, rows } = preview
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'preview' },
    h(
      'div',
      { class: 'card-head' },
      h('h3', { id: 'preview' }, 'Rows of the table'),
      h('p', { class: 'muted' }, `${plural(rows.length, 'row')}, in no order`),
    ),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Rows of ${dataset}` },
      h(
        'table',
        { class: 'examples' },
        h('thead', {}, h('tr', {}, ...columns.map((column) => h('th', { scope: 'col' }, column)))),
        h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map(valueCell)))),
      ),
    ),
  )
}

const valueCell = (value: string | null) => (value === null ? h('td', { class: 'null' }, 'NULL') : h('td', {}, value))
