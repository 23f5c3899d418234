import type { DatasetModel } from '../model.ts'
import { h } from './dom.ts'
import { tableCard } from './table-card.ts'
import { plural } from './words.ts'

/** A few rows as the table has them. */
export function previewSection({ dataset, preview }: DatasetModel): HTMLElement | null {
  if (preview === null) return null
  const { columns, rows } = preview
  return tableCard('preview', {
    title: 'Rows of the table',
    told: `${plural(rows.length, 'row')}, in no order`,
    region: `Rows of ${dataset}`,
    heads: columns,
    rows: rows.map((row) => h('tr', {}, ...row.map(valueCell))),
    kind: 'examples',
  })
}

const valueCell = (value: string | null) => (value === null ? h('td', { class: 'null' }, 'NULL') : h('td', {}, value))
