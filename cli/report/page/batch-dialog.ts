import { ROW_KINDS, type RowKind } from '../../../functions/domain/batch/manifest/row-counts.ts'
import { traitsOf } from '../../../functions/domain/batch/source.ts'
import type { BatchModel, DatasetModel } from '../model.ts'
import { h } from './dom.ts'
import { lengthOf, timeline } from './timeline.ts'
import type { Actions, View } from './view.ts'
import { bytes, count, dollars, plural, SIGNS, STATUS_WORDS, share, time, took } from './words.ts'

let dialog: HTMLDialogElement | undefined

/** Opens, renews or closes the panel of the batch that the view has chosen. */
export function showBatch(dataset: DatasetModel | undefined, { batchId }: View, actions: Actions): void {
  const batch = dataset?.batches.find((each) => each.batchId === batchId)
  if (!dataset || !batch) return dialog?.close()
  if (!dialog) {
    dialog = h<HTMLDialogElement>('dialog', { class: 'panel', 'aria-labelledby': 'batch-name' })
    dialog.addEventListener('close', () => actions.change({ batchId: null }))
    // A click beside the panel is on the dialog itself: its content fills it.
    dialog.addEventListener('click', (event) => event.target === dialog && dialog?.close())
    document.body.append(dialog)
  }
  const close = h('button', { type: 'button', class: 'close', 'aria-label': 'Close', click: () => dialog?.close() }, '✕')
  dialog.replaceChildren(h('div', { class: 'panel-body' }, close, ...content(batch, dataset)))
  if (!dialog.open) dialog.showModal()
}

function content(batch: BatchModel, { dataset, rules, partitions, batches }: DatasetModel): (HTMLElement | null)[] {
  const { status, rows, quality, cost, drift, error } = batch
  const place = batches.indexOf(batch)
  const taken = partitions.filter((partition) => partition.batches.includes(place)).map(({ path }) => path || 'the whole dataset')
  return [
    h('p', { class: `badge ${status}` }, h('span', { 'aria-hidden': true }, SIGNS[status] ?? ''), ` ${STATUS_WORDS[status]}`),
    h('h2', { id: 'batch-name' }, batch.batchId),
    h(
      'p',
      { class: 'muted' },
      `${time(batch.startedAt)} UTC${batch.seconds === null ? '' : `, took ${took(batch.seconds)}`} · read ${traitsOf(batch.source).label} · ${plural(batch.files, 'file')}, ${bytes(batch.bytes)}`,
    ),
    error ? h('p', { class: 'problem' }, error) : null,
    batch.redrive ? h('p', { class: 'muted' }, 'Run it again: ', h('code', {}, batch.redrive)) : null,
    batch.compaction ? h('p', {}, batch.compaction) : null,
    batch.lostRows ? h('p', { class: 'warn' }, batch.lostRows) : null,
    batch.missingReferences ? h('p', { class: 'warn' }, `Foreign keys: ${batch.missingReferences}`) : null,
    rows ? conservation(rows, batch.replaced) : null,
    batch.steps.length > 0 ? stepTable(batch) : null,
    Object.keys(batch.reasons).length > 0
      ? part('Quarantined by reason', facts(Object.entries(batch.reasons).map(([name, number]) => [name, count(number)])))
      : null,
    quality ? part(`Quality${quality.passed ? '' : ': not passed'}`, qualityList(quality, rules)) : null,
    drift
      ? part(
          'Drift',
          facts([
            ...Object.entries(drift.missing).map(([name, files]): [string, string] => [name, `missing in ${plural(files, 'file')}`]),
            ...Object.entries(drift.unknown).map(([name, files]): [string, string] => [
              name,
              `unknown to the contract, in ${plural(files, 'file')}`,
            ]),
          ]),
        )
      : null,
    batch.missingObjects > 0
      ? h('p', { class: 'warn' }, `${plural(batch.missingObjects, 'file')} deleted before they could be read`)
      : null,
    cost
      ? part(
          'Cost on AWS, about',
          facts([
            ['Curate (Glue job)', dollars(cost.curate)],
            ['Quality run', dollars(cost.quality)],
            ['Crawls', dollars(cost.crawls)],
            ['Step Functions', dollars(cost.orchestration)],
            ['Lambda', dollars(cost.functions)],
            ['Requests', dollars(cost.requests)],
            ['Together', dollars(cost.total)],
          ]),
        )
      : null,
    taken.length > 0
      ? part(plural(taken.length, 'partition'), h('ul', { class: 'paths' }, ...taken.map((path) => h('li', {}, h('code', {}, path)))))
      : null,
    h('p', { class: 'muted' }, 'Its files: ', h('code', {}, `runs/${dataset}/${batch.batchId}/`)),
  ]
}

const part = (title: string, ...children: HTMLElement[]) => h('section', {}, h('h3', {}, title), ...children)

const facts = (entries: [string, string][]) =>
  h(
    'table',
    { class: 'facts-table' },
    h('tbody', {}, ...entries.map(([name, value]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', { class: 'number' }, value)))),
  )

/** Every row that was read is one of these. */
function conservation(rows: NonNullable<BatchModel['rows']>, replaced: number | null): HTMLElement {
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

function stepTable(batch: BatchModel): HTMLElement {
  const all = lengthOf(batch)
  const rows = batch.steps.map((step) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, step.name),
      h('td', { class: 'steps' }, timeline({ ...batch, steps: [step] }, all)),
      h(
        'td',
        { class: 'number' },
        step.state === 'failed' ? `failed after ${took(step.seconds)}` : step.state === 'running' ? 'running' : took(step.seconds),
      ),
    ),
  )
  return part('Steps', h('table', { class: 'facts-table' }, h('tbody', {}, ...rows)))
}

function qualityList(quality: NonNullable<BatchModel['quality']>, rules: DatasetModel['rules']): HTMLElement {
  const lines = quality.outcomes.map(({ rule, passed, message }) =>
    h(
      'li',
      {},
      h(
        'span',
        { class: `dot ${passed ? 'succeeded' : 'failed'}`, role: 'img', 'aria-label': passed ? 'passed:' : 'failed:' },
        passed ? '✓' : '✕',
      ),
      h('code', {}, rules[rule]?.rule ?? ''),
      passed ? null : h('p', { class: 'bad' }, message ?? 'failed'),
    ),
  )
  const notes: Record<string, string> = {
    'no-ruleset': 'The contract has no rules.',
    'nothing-staged': 'Nothing was staged: there was nothing to judge.',
  }
  return h(
    'div',
    {},
    quality.note ? h('p', { class: 'muted' }, notes[quality.note] ?? quality.note) : null,
    h('ul', { class: 'rules' }, ...lines),
  )
}
