import type { DatasetModel } from '../model/model.ts'
import { age } from './age.ts'
import { partitionGrid } from './charts/partition-grid.ts'
import { plots } from './charts/plots.ts'
import { h } from './dom.ts'
import { columnsSection } from './sections/columns-section.ts'
import { extractsSection } from './sections/extracts-section.ts'
import { previewSection } from './sections/preview-section.ts'
import { profileSection } from './sections/profile-section.ts'
import { qualitySection } from './sections/quality-section.ts'
import { quarantineSection } from './sections/quarantine-section.ts'
import { runsSection } from './sections/runs-section.ts'
import type { Actions, View } from './view.ts'
import { compact, count, dollars, plural, share, took } from './words.ts'

/** Everything about one dataset, from the answer to the evidence. */
export function datasetSection(dataset: DatasetModel, view: View, actions: Actions): HTMLElement {
  return h(
    'section',
    { id: 'dataset', tabindex: -1, 'aria-labelledby': 'dataset-name' },
    h(
      'div',
      { class: 'title' },
      h('h2', { id: 'dataset-name' }, dataset.dataset),
      h('p', { class: 'muted' }, [dataset.description, dataset.owner].filter(Boolean).join(' · ')),
    ),
    facts(dataset, view),
    partitionGrid(dataset, view, actions),
    plots(dataset, actions),
    h('div', { class: 'pair' }, qualitySection(dataset), quarantineSection(dataset, view)),
    runsSection(dataset, view, actions),
    extractsSection(dataset),
    profileSection(dataset),
    columnsSection(dataset),
    previewSection(dataset),
  )
}

function facts({ totals, lastGoodAt, usualSeconds, rules, batches, limits }: DatasetModel, { now }: View): HTMLElement {
  const judged = batches.findLast(({ quality }) => quality && quality.outcomes.length > 0)?.quality
  const last = batches.findLast(({ quarantineRate }) => quarantineRate !== null)
  const passed = judged?.outcomes.filter((outcome) => outcome.passed).length ?? 0
  const isOver = limits !== null && (last?.quarantineRate ?? 0) > limits.warnRate
  return h(
    'dl',
    { class: 'facts' },
    fact(
      'Last good batch',
      lastGoodAt === null ? 'none' : age(lastGoodAt, now),
      usualSeconds === null ? '' : `usually every ${took(usualSeconds)}`,
    ),
    fact('Rows in the table', compact(totals.tableRows), `${plural(totals.tablePartitions, 'partition')}`),
    fact(
      'Quarantined',
      last?.quarantineRate == null ? '–' : share(last.quarantineRate),
      `of the last batch${limits ? `; warns above ${share(limits.warnRate)}` : ''}`,
      isOver ? 'warn' : '',
    ),
    fact(
      'Quality rules',
      judged ? `${passed} of ${judged.outcomes.length}` : 'none',
      judged ? 'passed in the last batch' : rules.length === 0 ? 'the contract has none' : '',
      judged && !judged.passed ? 'bad' : '',
    ),
    totals.failed === 0
      ? fact('Batches', count(totals.batches), 'none failed')
      : fact('Batches', `${count(totals.failed)} failed`, `of ${count(totals.batches)}`, 'bad'),
    fact(
      'Cost on AWS',
      totals.dollars === null ? '–' : dollars(totals.dollars / totals.batchesWithCost),
      totals.dollars === null
        ? 'needs the history of its runs'
        : `a batch, about; ${dollars(totals.dollars)} for ${plural(totals.batchesWithCost, 'batch', 'batches')}`,
    ),
  )
}

const fact = (term: string, value: string | Node, note: string, tone = '') =>
  h('div', {}, h('dt', {}, term), h('dd', {}, h('span', { class: `value ${tone}` }, value), h('span', { class: 'muted' }, note)))
