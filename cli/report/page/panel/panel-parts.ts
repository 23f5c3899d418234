import { h } from '../dom.ts'

export const part = (title: string, ...children: HTMLElement[]) => h('section', {}, h('h3', {}, title), ...children)

export const facts = (entries: [string, string][]) =>
  h(
    'table',
    { class: 'facts-table' },
    h('tbody', {}, ...entries.map(([name, value]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', { class: 'number' }, value)))),
  )

/** A command to paste as it is. */
export const command = (what: string, words: string) => h('p', { class: 'command' }, `${what}: `, h('code', {}, words))
