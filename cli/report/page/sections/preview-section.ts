import type { DatasetModel } from '../../model/model.ts'
import { h } from '../dom.ts'
import { plural } from '../words.ts'
import { absentCard, tableCard } from './table-card.ts'

const TITLE = 'Rows of the table'

/** A few rows as the table has them. */
export function previewSection({ dataset, preview }: DatasetModel): HTMLElement | null {
  if (preview === null) return null
  const { columns, rows, why } = preview
  if (why) return absentCard('preview', TITLE, why)
  return tableCard('preview', {
    title: TITLE,
    told: `${plural(rows.length, 'row')}, in no order`,
    region: `Rows of ${dataset}`,
    heads: columns,
    rows: rows.map((row) => h('tr', {}, ...row.map(valueCell))),
    kind: 'examples',
  })
}

const valueCell = (value: string | null) => (value === null ? h('td', { class: 'null' }, 'NULL') : h('td', {}, value))
