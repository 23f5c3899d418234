import { ROW_KINDS, type RowCounts, type RowKind } from '../../../../functions/domain/batch/manifest/row-counts.ts'
import { h } from '../dom.ts'
import { count, plural, share } from '../words.ts'
import { part } from './panel-parts.ts'

/** Every row that was read is one of these. */
export function conservation(rows: RowCounts, replaced: number | null): HTMLElement {
  const written = replaced ? `written, ${count(replaced)} of them over older rows` : 'written'
  const numberOf = (kind: RowKind) => rows[kind] ?? 0
  const kinds = ROW_KINDS.filter((kind) => numberOf(kind) > 0)
  let from = 0
  const bar = kinds.map((kind) => {
    const width = (1000 * numberOf(kind)) / (rows.read || 1)
    from += width
    return h('rect', { class: `rows-${kind}`, x: from - width, y: 0, width, height: 16 })
  })
  return part(
    `${plural(rows.read, 'row')} read`,
    h(
      'div',
      {},
      h<SVGElement>('svg', { class: 'timeline', viewBox: '0 0 1000 16', preserveAspectRatio: 'none', 'aria-hidden': true }, ...bar),
    ),
    h(
      'ul',
      { class: 'legend' },
      ...kinds.map((kind) =>
        h(
          'li',
          {},
          h('span', { class: `swatch rows-${kind}`, 'aria-hidden': true }),
          `${count(numberOf(kind))} ${kind === 'written' ? written : kind} (${share(numberOf(kind) / (rows.read || 1))})`,
        ),
      ),
    ),
  )
}
