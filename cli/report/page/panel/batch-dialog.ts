import { traitsOf } from '../../../../functions/domain/batch/source.ts'
import type { AlertModel } from '../../alerts/alert-model.ts'
import type { BatchModel, DatasetModel } from '../../model/model.ts'
import { lengthOf, timeline } from '../charts/timeline.ts'
import { h } from '../dom.ts'
import { alertList } from '../sections/alerts-section.ts'
import type { Actions } from '../view.ts'
import { bytes, count, dollars, plural, SIGNS, STATUS_WORDS, time, took } from '../words.ts'
import { conservation } from './conservation.ts'
import { command, facts, part } from './panel-parts.ts'

/** What a person needs of one batch: the reason, the rows, the command. */
export function batchContent(
  batch: BatchModel,
  { dataset, rules, partitions, batches, showQuarantine }: DatasetModel,
  alerts: AlertModel[],
  actions: Actions,
): (HTMLElement | null)[] {
  const { status, rows, quality, cost, drift, error } = batch
  const place = batches.indexOf(batch)
  const about = alerts.filter(({ batchId }) => batchId === batch.batchId)
  const taken = partitions.filter((partition) => partition.batches.includes(place)).map(({ path }) => path || 'the whole dataset')
  return [
    h('p', { class: `badge ${status}` }, h('span', { 'aria-hidden': true }, SIGNS[status] ?? ''), ` ${STATUS_WORDS[status]}`),
    h('h2', { id: 'panel-name' }, batch.batchId),
    h(
      'p',
      { class: 'muted' },
      `${time(batch.startedAt)} UTC${batch.seconds === null ? '' : `, took ${took(batch.seconds)}`} · read ${traitsOf(batch.source).label} · ${plural(batch.files, 'file')}, ${bytes(batch.bytes)}`,
    ),
    error ? h('p', { class: 'problem' }, error) : null,
    batch.dismissed ? h('p', {}, `Dismissed ${batch.dismissed}`) : null,
    batch.redrive ? command('Run it again', batch.redrive) : null,
    rows && rows.quarantined > 0 && showQuarantine ? command('Show the quarantined rows', showQuarantine) : null,
    about.length > 0 ? part('Alerts', alertList(about, actions)) : null,
    batch.compaction ? h('p', {}, batch.compaction) : null,
    batch.lostRows ? h('p', { class: 'warn' }, batch.lostRows) : null,
    batch.waiting
      ? h(
          'p',
          {},
          `${batch.waiting.rows} rows were set aside until a parent has their key; the oldest since ${batch.waiting.since.slice(0, 16).replace('T', ' ')} UTC`,
        )
      : null,
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
