import { readsTables } from '../../../../functions/domain/batch/source.ts'
import type { DatasetModel } from '../../model/model.ts'
import type { ProfiledColumn, ProfileModel } from '../../model/profile.ts'
import { histogramPlot } from '../charts/histogram.ts'
import { h } from '../dom.ts'
import { compact, plural, share, shortId } from '../words.ts'
import { absentCard, tableCard } from './table-card.ts'

const NO_PROFILE_OF_GOLD =
  'A batch of a gold dataset computes only the rows that a change of its sources reaches. A profile of those would not describe the table, so there is none.'

/** What the rows of the last batch look like by column, and what is different from the batch before. */
export function profileSection({ dataset, profile, batches }: DatasetModel): HTMLElement | null {
  if (profile === null) {
    const isGold = batches.some(({ source }) => readsTables(source))
    return isGold ? absentCard('profile', 'Profile', NO_PROFILE_OF_GOLD) : null
  }
  const { columns, rows, sampled, batchId, before } = profile
  const against = before === null ? 'its first batch' : `outlines: ${shortId(before, dataset)}`
  return tableCard('profile', {
    title: 'Profile of the last batch',
    told: `${plural(rows, 'row')} of ${shortId(batchId, dataset)}; ${against}`,
    region: 'Profile by column',
    heads: heads(before !== null),
    rows: columns.map((column) => columnRow(column, profile)),
    kind: 'profile',
    note: sampled < rows && h('p', { class: 'muted note' }, `From a sample of ${plural(sampled, 'row')}: counts are estimates.`),
  })
}

const heads = (hasBefore: boolean) => ['Column', 'NULLs', 'Values', 'Least', 'Most', 'Histogram', ...(hasBefore ? ['Changes'] : [])]

function columnRow(column: ProfiledColumn, { rows, sampled, before }: ProfileModel): HTMLElement {
  const { name, nulls, distinct, min, max, histogram, hidden } = column
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name),
    h('td', { class: 'number', 'data-name': 'NULLs', title: plural(nulls, 'row') }, share(nulls / rows)),
    h(
      'td',
      { class: 'number', 'data-name': 'Values', title: plural(distinct, 'value') },
      `${sampled < rows ? '≈ ' : ''}${compact(distinct)}`,
    ),
    ...(hidden
      ? [h('td', { class: 'muted', colspan: 3 }, 'sensitive: no value is shown')]
      : [
          h('td', { class: 'value', 'data-name': 'Least' }, min ?? ''),
          h('td', { class: 'value', 'data-name': 'Most' }, max ?? ''),
          h('td', { class: 'plot-cell' }, histogram && histogramPlot(histogram, column.before?.histogram)),
        ]),
    before !== null && h('td', { class: 'changes' }, column.changes.join('; ')),
  )
}
