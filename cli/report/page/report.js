/* global uPlot, element, table, count, percent, colour, duration, batchLink, showBatch */
// Draws the report from the JSON in the page.
const data = JSON.parse(document.getElementById('data').textContent)

function verdict({ batches, warnRate, status }) {
  const last = batches.findLast(({ status }) => status !== 'running' && status !== 'superseded')
  const failed = batches.filter(({ status }) => status === 'failed')
  if (failed.length > 0)
    return [
      'bad',
      `✖ ${failed.length === 1 ? 'A batch has' : `${failed.length} batches have`} failed: ${failed.at(-1).error ?? 'no reason recorded'}`,
    ]
  if (!last) return ['warn', '● Nothing has been published yet']
  if (last.quarantineRate > warnRate)
    return ['warn', `▲ Fresh, but ${percent(last.quarantineRate)} of the last batch's rows were set aside (limit ${percent(warnRate)})`]
  const age = status.freshnessSeconds
  return ['good', `✔ Good${age === null ? '' : `, and ${duration(age)} old`}`]
}

function facts({ batches, status }) {
  const done = batches.filter(({ status }) => status === 'succeeded')
  const sum = (number) => done.reduce((total, batch) => total + number(batch), 0)
  const last = done.at(-1)
  const entries = [
    ['Last good batch', status.freshnessSeconds === null ? 'never' : `${duration(status.freshnessSeconds)} ago`],
    ['Waiting files', count.format(status.waiting.objects)],
    ['Batches', count.format(batches.length)],
    ['Rows written', count.format(sum(({ rows }) => rows?.written ?? 0))],
    ['Last rate', last ? percent(last.quarantineRate) : ''],
    ['Quality, last', last?.quality ? `${last.quality.passed} of ${last.quality.rules}` : 'no rules'],
    ['Cost, estimated', `$${sum(({ dollars }) => dollars ?? 0).toFixed(2)}`],
  ]
  return element(
    'dl',
    { class: 'facts' },
    ...entries.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  )
}

const GRID_CELLS = 500
function grid({ dataset, partitions, batches, warnRate }) {
  const byId = new Map(batches.map((batch) => [batch.batchId, batch]))
  const cells = partitions.slice(-GRID_CELLS).map(({ path, batchId }) => {
    const batch = byId.get(batchId)
    const warned = batch.status === 'succeeded' && batch.quarantineRate > warnRate
    const says = `${path}: ${batch.status}, ${percent(batch.quarantineRate)} of its batch set aside`
    const sign = batch.status === 'failed' ? '✖' : warned ? '▲' : batch.status === 'succeeded' ? '✓' : '…'
    return element(
      'button',
      { class: `cell ${warned ? 'warned' : batch.status}`, title: says, 'aria-label': says, onclick: () => showBatch(batch) },
      sign,
    )
  })
  if (cells.length === 0) return undefined
  const left = partitions.length - cells.length
  return element(
    'div',
    {},
    element(
      'h3',
      { id: `grid-${dataset}` },
      'Partitions as they landed ',
      element('small', { class: 'soft' }, `✓ good  ▲ above the warn rate  ✖ failed${left > 0 ? `; ${left} older ones not shown` : ''}`),
    ),
    element('div', { class: 'grid', role: 'group', 'aria-labelledby': `grid-${dataset}` }, ...cells),
  )
}

function plots({ batches }) {
  const shown = batches.filter(({ rows }) => rows)
  if (shown.length < 2) return []
  const times = shown.map(({ startedAt }) => Date.parse(startedAt) / 1000)
  const frame = element('div', { class: 'plots' })
  // Drawn once the frame stands in the page and so has a width.
  const draw = (title, series, values, format) => {
    const holder = element('div', {
      class: 'plot',
      role: 'img',
      'aria-label': `${title}, ${shown.length} batches; the numbers stand in the table below`,
    })
    frame.append(holder)
    requestAnimationFrame(() => {
      const axis = { stroke: colour('soft'), grid: { stroke: colour('line'), width: 1 } }
      const options = {
        title,
        width: holder.clientWidth,
        height: 220,
        // As in the tables.
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
        series: [
          {},
          ...series.map(([label, name]) => ({
            label,
            stroke: colour(name),
            width: 2,
            points: { show: shown.length < 60 },
            value: (_, value) => (value === null ? '' : format(value)),
          })),
        ],
        axes: [axis, { ...axis, size: 70, values: (_, ticks) => ticks.map(format) }],
      }
      const plot = new uPlot(options, [times, ...values], holder)
      new ResizeObserver(() => plot.setSize({ width: holder.clientWidth, height: 220 })).observe(holder)
    })
  }
  draw(
    'Rows',
    [
      ['read', 'plot'],
      ['quarantined', 'warn'],
    ],
    [shown.map(({ rows }) => rows.read), shown.map(({ rows }) => rows.quarantined)],
    (value) => count.format(value),
  )
  draw('Quarantine rate', [['rate', 'bad']], [shown.map(({ quarantineRate }) => quarantineRate)], percent)
  return [frame]
}

const HISTORY = 60
function ruleTable({ rules, batches }) {
  if (rules.length === 0) return undefined
  const judged = batches.filter(({ rules }) => rules.length > 0)
  const rows = rules.map((rule) => {
    const outcomes = judged.map((batch) => ({ batch, found: batch.rules.find((each) => each.rule === rule) })).filter(({ found }) => found)
    const failed = outcomes.filter(({ found }) => found.outcome !== 'PASSED').length
    const squares = outcomes
      .slice(-HISTORY)
      .map(({ batch, found }) => element('span', { class: found.outcome, title: `${batch.startedAt.slice(0, 16)} ${found.outcome}` }))
    const last = outcomes.at(-1)?.found
    const history = element('td', { class: 'history' }, ...squares)
    history.setAttribute('aria-label', `${outcomes.length - failed} passed, ${failed} failed`)
    return element(
      'tr',
      {},
      element('td', { class: 'wide' }, rule),
      element('td', { class: last?.outcome === 'PASSED' ? 'good' : 'bad' }, last?.outcome ?? ''),
      element('td', { class: 'number' }, `${failed} of ${outcomes.length}`),
      history,
    )
  })
  return table('Quality rules', ['Rule', 'Last', 'Failed', `Last ${HISTORY}, newest right`], [2], rows)
}

function reasonTable({ batches }) {
  const reasons = new Map()
  for (const { quarantinedByRule } of batches)
    for (const [reason, rows] of Object.entries(quarantinedByRule)) reasons.set(reason, (reasons.get(reason) ?? 0) + rows)
  const sorted = [...reasons].filter(([, rows]) => rows > 0).sort(([, some], [, more]) => more - some)
  if (sorted.length === 0) return undefined
  const rows = sorted.slice(0, 20).map(([reason, total]) => {
    const newest = batches.findLast(({ quarantinedByRule }) => quarantinedByRule[reason] > 0)
    const bar = element('span', { class: 'bar', style: `width: ${Math.max(2, (160 * total) / sorted[0][1])}px`, 'aria-hidden': 'true' })
    return element(
      'tr',
      {},
      element('td', {}, reason),
      element('td', { class: 'number' }, count.format(total)),
      element('td', {}, bar),
      element('td', {}, batchLink(newest)),
    )
  })
  return table('Why rows were set aside', ['Reason', 'Rows', '', 'Newest batch with it'], [1], rows)
}

const PAGE = 50
function batchTable({ batches }) {
  const newest = batches.toReversed()
  const row = (batch) => {
    const { rows, quality } = batch
    const numbers = rows
      ? [rows.read, rows.written, rows.duplicates, rows.superseded, rows.quarantined].map((each) => count.format(each))
      : ['', '', '', '', '']
    const tone = { succeeded: 'good', failed: 'bad' }[batch.status] ?? 'soft'
    return element(
      'tr',
      {},
      element('td', {}, batchLink(batch)),
      element('td', { class: tone }, batch.status),
      element('td', {}, batch.startedAt.slice(0, 16).replace('T', ' ')),
      ...[duration(batch.seconds), ...numbers, percent(batch.quarantineRate), quality ? `${quality.passed}/${quality.rules}` : ''].map(
        (value) => element('td', { class: 'number' }, value),
      ),
    )
  }
  const made = table(
    'Batches, newest first',
    ['Batch', 'Status', 'Started (UTC)', 'Took', 'Read', 'Written', 'Duplicates', 'Superseded', 'Quarantined', 'Rate', 'Quality'],
    [3, 4, 5, 6, 7, 8, 9, 10],
    newest.slice(0, PAGE).map(row),
  )
  let shown = PAGE
  const more = element(
    'button',
    {
      class: 'more',
      onclick: () => {
        made.querySelector('tbody').append(...newest.slice(shown, shown + 500).map(row))
        shown += 500
        if (shown >= newest.length) more.remove()
      },
    },
    'Show more batches',
  )
  return element('div', {}, made, newest.length > PAGE ? more : undefined)
}

const main = document.getElementById('report')
main.replaceChildren(
  ...data.datasets.map((dataset) => {
    const [tone, words] = verdict(dataset)
    return element(
      'section',
      { class: 'dataset', 'aria-labelledby': `name-${dataset.dataset}` },
      element('h2', { id: `name-${dataset.dataset}` }, dataset.dataset, ' ', element('small', { class: 'soft' }, dataset.owner)),
      element('p', { class: `verdict ${tone}` }, words),
      facts(dataset),
      grid(dataset),
      ...plots(dataset),
      ruleTable(dataset),
      reasonTable(dataset),
      dataset.batches.length > 0 ? batchTable(dataset) : undefined,
    )
  }),
)
if (data.datasets.length === 0) main.append(element('p', {}, 'This deployment has no datasets.'))
