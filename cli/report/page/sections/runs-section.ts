import type { BatchModel, DatasetModel } from '../../model/model.ts'
import { lengthOf, stepLegend, timeline } from '../charts/timeline.ts'
import { h } from '../dom.ts'
import { type Actions, RUNS_AT_ONCE, type View } from '../view.ts'
import { count, dollars, plural, SIGNS, STATUS_WORDS, share, shortId, time, took } from '../words.ts'

const FILTERS = { all: 'All batches', failed: 'Failed', succeeded: 'Succeeded', running: 'Running' } as const

/** Every batch, newest first, a page at a time: step by step on one scale, with counts and cost. */
export function runsSection({ dataset, batches }: DatasetModel, { runs, runsOf }: View, actions: Actions): HTMLElement {
  const wanted = batches.filter(({ status }) => runsOf === 'all' || status === runsOf).reverse()
  const shown = wanted.slice(0, runs)
  const longest = Math.max(1, ...shown.map(lengthOf))
  const more = Math.min(RUNS_AT_ONCE, wanted.length - shown.length)
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'runs' },
    h('div', { class: 'card-head' }, h('h3', { id: 'runs' }, 'Runs'), stepLegend(shown), filter(runsOf, actions)),
    h(
      'div',
      { class: 'scroll' },
      h(
        'table',
        { class: 'runs' },
        h('caption', { class: 'unseen' }, `Batches of ${dataset}, newest first`),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ...['Batch', 'Status', 'Source', 'Steps', 'Took', 'Read', 'Written', 'Quarantined', 'Quality', 'Cost'].map((name) =>
              h('th', { scope: 'col', class: NUMBERS.has(name) ? 'number' : null }, name),
            ),
          ),
        ),
        h('tbody', {}, ...shown.map((batch) => runRow(batch, dataset, longest, actions))),
      ),
    ),
    h(
      'p',
      { class: 'muted', role: 'status' },
      wanted.length === 0 ? 'No such batch.' : `${count(shown.length)} of ${plural(wanted.length, 'batch', 'batches')}`,
    ),
    more > 0 &&
      h(
        'button',
        { type: 'button', class: 'more', 'data-key': 'more runs', click: () => actions.change({ runs: runs + RUNS_AT_ONCE }) },
        `Show ${more} more`,
      ),
  )
}

const NUMBERS = new Set(['Took', 'Read', 'Written', 'Quarantined', 'Quality', 'Cost'])

function filter(chosen: View['runsOf'], actions: Actions): HTMLElement {
  const options = Object.entries(FILTERS).map(([value, name]) => h('option', { value, selected: value === chosen }, name))
  const select = h<HTMLSelectElement>(
    'select',
    {
      'data-key': 'filter',
      'aria-label': 'Show',
      change: () => actions.change({ runsOf: select.value as View['runsOf'], runs: RUNS_AT_ONCE }),
    },
    ...options,
  )
  return select
}

function runRow(batch: BatchModel, dataset: string, longest: number, actions: Actions): HTMLElement {
  const { batchId, status, startedAt, rows, quality, cost, quarantineRate } = batch
  const passed = quality?.outcomes.filter((outcome) => outcome.passed).length
  const number = (name: string, text: string, tone = '') => h('td', { class: `number ${tone}`, 'data-name': name }, text)
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          'data-key': `run ${batchId}`,
          title: batchId,
          'aria-label': `Batch ${shortId(batchId, dataset)}`,
          click: () => actions.openBatch(batchId),
        },
        time(startedAt),
      ),
    ),
    h(
      'td',
      { class: 'status' },
      h('span', { class: `badge ${status}` }, h('span', { 'aria-hidden': true }, SIGNS[status] ?? ''), ` ${STATUS_WORDS[status]}`),
    ),
    h('td', { class: 'source', 'data-name': 'Source' }, batch.source),
    h('td', { class: 'steps' }, timeline(batch, longest)),
    number('Took', batch.seconds === null ? '' : took(batch.seconds)),
    number('Read', rows ? count(rows.read) : ''),
    number('Written', rows ? count(rows.written) : ''),
    number('Quarantined', rows ? `${count(rows.quarantined)}${quarantineRate ? ` (${share(quarantineRate)})` : ''}` : ''),
    number(
      'Quality',
      quality && quality.outcomes.length > 0 ? `${passed}/${quality.outcomes.length}` : '',
      quality && !quality.passed ? 'bad' : '',
    ),
    number('Cost', cost ? dollars(cost.total) : ''),
  )
}
