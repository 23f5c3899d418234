import type { AlertModel } from '../../alerts/alert-model.ts'
import type { DatasetModel } from '../../model/model.ts'
import { h } from '../dom.ts'
import { exampleTable } from '../sections/quarantine-section.ts'
import type { Actions } from '../view.ts'
import { count, plural, SEVERITY_SIGNS, time } from '../words.ts'
import { conservation } from './conservation.ts'
import { command, facts, part } from './panel-parts.ts'

/** One alert as a page: why, which rows, and what to type. */
export function alertContent(alert: AlertModel, dataset: DatasetModel | undefined, actions: Actions): (HTMLElement | null)[] {
  const { severity, kind, at, overAt, batchId, failure } = alert
  const batch = dataset?.batches.find((each) => each.batchId === batchId)
  return [
    h('p', { class: `badge ${severity}` }, h('span', { 'aria-hidden': true }, SEVERITY_SIGNS[severity]), ` ${kind}`),
    h('h2', { id: 'panel-name' }, alert.message),
    h('p', { class: 'muted' }, `${time(at)} UTC · ${overAt === null ? alert.dataset : `${alert.dataset} · over at ${time(overAt)} UTC`}`),
    failure ? h('p', { class: 'problem' }, `${failure.error}: ${failure.message}`) : null,
    alert.next.length > 0 || alert.hint
      ? part(
          'What to do',
          ...(alert.hint ? [h('p', {}, alert.hint)] : []),
          h('ul', { class: 'commands' }, ...alert.next.map((words) => h('li', {}, h('code', {}, words)))),
        )
      : null,
    alert.failedRules.length > 0
      ? part(
          'Rules that failed',
          h('ul', {}, ...alert.failedRules.map(({ rule, message }) => h('li', {}, h('code', {}, rule), h('p', { class: 'bad' }, message)))),
        )
      : null,
    alert.drift ? part('Columns', h('p', {}, alert.drift)) : null,
    alert.rows ? conservation(alert.rows, batch?.replaced ?? null) : null,
    alert.reasons.length > 0
      ? part('Quarantined by reason', facts(alert.reasons.map(({ reason, rows }): [string, string] => [reason, count(rows)])))
      : null,
    ...rowsOf(alert, dataset),
    alert.unfinished.length > 0
      ? part(
          'Failed batches, and their files that are in no table',
          h(
            'ul',
            { class: 'commands' },
            ...alert.unfinished.map((one) => h('li', {}, h('code', {}, one.batchId), ` ${one.files.join(', ')}`)),
          ),
        )
      : null,
    alert.failedChunks.length > 0
      ? part('Chunks that failed', h('ul', {}, ...alert.failedChunks.map((chunk) => h('li', {}, chunk))))
      : null,
    batch
      ? h('p', {}, h('button', { type: 'button', class: 'link', click: () => actions.openBatch(batch.batchId) }, `Batch ${batch.batchId}`))
      : batchId
        ? command('Batch', batchId)
        : null,
  ]
}

/** Rows in quarantine of this batch as they were read; else the keys that the alert names. */
function rowsOf({ batchId, reasons, examples }: AlertModel, dataset: DatasetModel | undefined): HTMLElement[] {
  const named = new Set(reasons.map(({ reason }) => reason))
  const read = (dataset?.reasons ?? [])
    .filter(({ reason }) => named.has(reason))
    .flatMap(({ reason, examples: rows }) => {
      const own = rows.filter((row) => row._batch_id === batchId)
      return own.length > 0 ? [part(`Rows: ${reason}`, exampleTable(own, reason))] : []
    })
  if (read.length > 0 || examples.length === 0) return read
  const lines = examples.map(({ key, reasons: why, file }) => {
    const shown = Object.entries(key).map(([name, value]) => `${name}=${value ?? 'NULL'}`)
    return h('li', {}, `${shown.join(', ')}: ${why.join(', ')} in `, h('code', {}, file))
  })
  return [part(plural(examples.length, 'example'), h('ul', { class: 'commands' }, ...lines))]
}
