import type { DatasetModel } from '../../model/model.ts'
import { h } from '../dom.ts'
import { plural } from '../words.ts'

/** The columns of the table, with their types and what they are made of; null where no contract is at hand. */
export function columnsSection({ columns }: DatasetModel): HTMLElement | null {
  if (columns === null || columns.length === 0) return null
  const heads = ['Column', 'Type', 'Made of', 'Marks']
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'columns' },
    h('div', { class: 'card-head' }, h('h3', { id: 'columns' }, 'Columns'), h('p', { class: 'muted' }, plural(columns.length, 'column'))),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Columns of the table' },
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
        h(
          'tbody',
          {},
          ...columns.map(({ name, type, from, sql, marks }) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, name),
              h('td', { class: 'type' }, h('code', {}, type ?? 'by its expression')),
              h('td', {}, sql === null ? from.join(', ') : h('code', {}, sql)),
              h('td', { class: 'muted' }, marks.join(', ')),
            ),
          ),
        ),
      ),
    ),
  )
}
