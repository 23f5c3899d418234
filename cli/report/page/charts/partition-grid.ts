import type { DatasetModel, PartitionModel } from '../../model/model.ts'
import { h, roving } from '../dom.ts'
import type { Actions, View } from '../view.ts'
import { bytes, count, PARTITION_WORDS, plural, SIGNS, share } from '../words.ts'
import { gridOf } from './partition-rows.ts'

const ROWS_AT_ONCE = 18

/** A cell a raw partition: what became of it, and how much of it was set aside. */
export function partitionGrid(
  { partitions, partitionKeys, batches }: DatasetModel,
  { allPartitions }: View,
  actions: Actions,
): HTMLElement {
  const grid = gridOf(partitions)
  const rows = allPartitions ? grid.rows : grid.rows.slice(-ROWS_AT_ONCE)
  const width = Math.max(1, ...rows.map(({ cells }) => cells.length))
  const body = rows.map(({ label, cells }, line) =>
    h(
      'div',
      { role: 'row', class: 'grid-row' },
      h('span', { role: 'rowheader', class: 'row-label' }, label),
      ...cells.map((partition, column) =>
        h(
          'span',
          { role: 'gridcell' },
          partition ? cell(partition, batches, actions) : gap(`${grid.columns[column] ?? ''} ${label}`, line),
        ),
      ),
    ),
  )
  const table = h(
    'div',
    { role: 'grid', class: 'grid', 'aria-label': `Partitions by ${partitionKeys.join(', ') || 'dataset'}`, '--columns': width },
    grid.columns.length > 0 &&
      h(
        'div',
        { role: 'row', class: 'grid-row heads' },
        h('span', { role: 'columnheader', class: 'row-label' }, h('span', { class: 'unseen' }, 'Period')),
        ...grid.columns.map((name) => h('span', { role: 'columnheader' }, name)),
      ),
    ...body,
  )
  roving(table, 'button', (key) => ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -width, ArrowDown: width })[key])
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'partitions' },
    h('div', { class: 'card-head' }, h('h3', { id: 'partitions' }, 'Partitions'), legend(partitions)),
    partitions.length === 0 ? h('p', { class: 'muted' }, 'No file has landed yet.') : h('div', { class: 'scroll' }, table),
    grid.rows.length > rows.length &&
      h(
        'button',
        { type: 'button', class: 'more', 'data-key': 'all partitions', click: () => actions.change({ allPartitions: true }) },
        `Show all ${count(partitions.length)} partitions`,
      ),
  )
}

// A gap says nothing to a screen reader but where it is; nothing can be done with it.
const gap = (where: string, _line: number) => h('span', { class: 'cell gap', role: 'img', 'aria-label': `${where.trim()}: nothing` })

function cell(partition: PartitionModel, batches: DatasetModel['batches'], actions: Actions): HTMLElement {
  const { state, path, quarantinedShare } = partition
  const last = batches[partition.batches.at(-1) ?? -1]
  const text = description(partition)
  return h(
    'button',
    {
      type: 'button',
      class: `cell ${state}`,
      'data-key': `partition ${path}`,
      'aria-label': text,
      title: text,
      '--share': state === 'curated' && quarantinedShare ? `${Math.max(12, Math.round(100 * quarantinedShare))}%` : '0%',
      'aria-disabled': last ? null : 'true',
      click: () => last && actions.openBatch(last.batchId),
    },
    h('span', { 'aria-hidden': true }, SIGNS[state] ?? ''),
  )
}

function description({
  path,
  state,
  files,
  bytes: size,
  batches,
  inQuarantine,
  quarantinedShare,
  shareIsEstimate,
}: PartitionModel): string {
  const about = shareIsEstimate ? 'about ' : ''
  return [
    `${path || 'the whole dataset'}: ${PARTITION_WORDS[state]}`,
    files > 0 && `${plural(files, 'file')}, ${bytes(size)}`,
    batches.length > 0 && plural(batches.length, 'batch', 'batches'),
    inQuarantine !== null && inQuarantine > 0 && `${plural(inQuarantine, 'row')} in quarantine`,
    quarantinedShare !== null && `${about}${share(quarantinedShare)} quarantined`,
  ]
    .filter(Boolean)
    .join(', ')
}

function legend(partitions: PartitionModel[]): HTMLElement {
  const counts = (['curated', 'landed', 'running', 'failed'] as const).map(
    (state) => [state, partitions.filter((each) => each.state === state).length] as const,
  )
  const names = { curated: 'curated', landed: 'landed, waiting', running: 'running', failed: 'failed' }
  return h(
    'ul',
    { class: 'legend' },
    ...counts
      .filter(([state, number]) => number > 0 || state === 'curated')
      .map(([state, number]) =>
        h(
          'li',
          {},
          h('span', { class: `cell small ${state}`, '--share': '0%', 'aria-hidden': true }, SIGNS[state] ?? ''),
          `${count(number)} ${names[state]}`,
        ),
      ),
    h('li', {}, h('span', { class: 'cell small curated', '--share': '45%', 'aria-hidden': true }), 'quarantined share'),
  )
}
