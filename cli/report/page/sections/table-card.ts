import { h } from '../dom.ts'

/** A card with one table that scrolls sideways. `region`: the name of the table for who does not see it; `note` stands below it. */
export function tableCard(
  id: string,
  {
    title,
    told,
    region,
    heads,
    rows,
    kind,
    note,
  }: {
    title: string
    told: string
    region: string
    heads: string[]
    rows: HTMLElement[]
    /** Class of the table. */
    kind?: string
    note?: HTMLElement | false
  },
): HTMLElement {
  return h(
    'section',
    { class: 'card', 'aria-labelledby': id },
    h('div', { class: 'card-head' }, h('h3', { id }, title), h('p', { class: 'muted' }, told)),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': region },
      h(
        'table',
        kind === undefined ? {} : { class: kind },
        h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
        h('tbody', {}, ...rows),
      ),
    ),
    note,
  )
}

/** A card in the place of a table that people would look for: why it is not there. */
export const absentCard = (id: string, title: string, why: string): HTMLElement =>
  h(
    'section',
    { class: 'card', 'aria-labelledby': id },
    h('div', { class: 'card-head' }, h('h3', { id }, title)),
    h('p', { class: 'muted note' }, why),
  )
