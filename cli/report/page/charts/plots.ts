import uPlot from 'uplot'
import { ROW_KINDS, type RowCounts, sumOfRows } from '../../../../functions/domain/batch/manifest/row-counts.ts'
import type { BatchModel, DatasetModel } from '../../model/model.ts'
import { h } from '../dom.ts'
import type { Actions } from '../view.ts'
import { compact, count, plural, share, time } from '../words.ts'

/** More bars than this are thinner than a pixel or two: neighbours are then drawn as one. */
const mostBars = () => (window.innerWidth < 700 ? 48 : 110)
const HEIGHT = 190

/** Kinds that most datasets never have. */
const RARE: ReadonlySet<string> = new Set(['deleted', 'unpublished'])

interface Bar {
  from: BatchModel
  to: BatchModel
  batches: number
  rows: RowCounts
}

const alive = new Set<{ plot: uPlot | undefined; watch: ResizeObserver }>()

export function dropPlots(): void {
  for (const { plot, watch } of alive) {
    watch.disconnect()
    plot?.destroy()
  }
  alive.clear()
}

/** Rows, and the share that was set aside, batch by batch. The table of runs holds the same numbers for those who do not see plots. */
export function plots({ batches, limits }: DatasetModel, actions: Actions): HTMLElement {
  const bars = barsOf(batches.filter(({ rows }) => rows !== null))
  if (bars.length === 0) return h('div', {})
  const each = bars[0]?.batches === 1 ? 'A bar is a batch' : `A bar is ${plural(bars[0]?.batches ?? 1, 'batch', 'batches')}`
  const total = bars.reduce((sum, { rows }) => sum + rows.read, 0)
  const worst = Math.max(...bars.map(rateOf))
  const open = (place: number) => bars[place]?.batches === 1 && actions.openBatch(bars[place].from.batchId)
  return h(
    'div',
    { class: 'pair' },
    card(
      'rows-plot',
      'Rows over time',
      `${each}; in order of time`,
      `Rows by batch: ${count(total)} read in ${plural(batches.length, 'batch', 'batches')}. The table of runs has every number.`,
      (width) => rowsPlot(bars, width),
      open,
    ),
    card(
      'rate-plot',
      'Quarantined share over time',
      limits ? `warns above ${share(limits.warnRate)}, halts above ${share(limits.haltRate)}` : 'of the rows read',
      `Quarantined share by batch: at most ${share(worst)}. The table of runs has every number.`,
      (width) => ratePlot(bars, limits, width),
      open,
    ),
  )
}

function card(
  id: string,
  title: string,
  note: string,
  label: string,
  make: (width: number) => [uPlot.Options, uPlot.AlignedData],
  open: (place: number) => void,
) {
  const box = h('div', { class: 'plot', role: 'img', 'aria-label': label })
  const entry: { plot: uPlot | undefined; watch: ResizeObserver } = { plot: undefined, watch: new ResizeObserver(() => resize()) }
  function resize() {
    const width = Math.floor(box.clientWidth)
    if (width === 0) return
    if (entry.plot) return entry.plot.width === width ? undefined : entry.plot.setSize({ width, height: HEIGHT })
    const [options, data] = make(width)
    entry.plot = new uPlot(options, data, box)
    const plot = entry.plot
    plot.over.addEventListener('click', () => plot.cursor.idx != null && open(plot.cursor.idx))
  }
  entry.watch.observe(box)
  alive.add(entry)
  return h(
    'section',
    { class: 'card', 'aria-labelledby': id },
    h('div', { class: 'card-head' }, h('h3', { id }, title), h('p', { class: 'muted' }, note)),
    box,
  )
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

function rowsPlot(bars: Bar[], width: number): [uPlot.Options, uPlot.AlignedData] {
  // Drawn one before the other, the tallest first: what shows of each is its own part.
  const shown = ROW_KINDS.filter((kind) => !RARE.has(kind) || bars.some(({ rows }) => rows[kind] !== undefined))
  const kinds = shown.toReversed()
  const names = {
    unpublished: 'Not published',
    deleted: 'Deleted',
    quarantined: 'Quarantined',
    superseded: 'Superseded',
    duplicates: 'Duplicates',
    written: 'Written',
  }
  const upTo = (place: number) => bars.map((bar) => kinds.slice(place).reduce((sum, kind) => sum + (bar.rows[kind] ?? 0), 0))
  const paths = uPlot.paths.bars?.({ size: [0.7, 34] })
  const series = kinds.map((kind) => ({
    label: names[kind],
    fill: () => colour(`--rows-${kind}`),
    stroke: () => colour(`--rows-${kind}`),
    width: 0,
    points: { show: false },
    paths,
    value: (_: uPlot, __: number, ___: number, place: number | null) => (place === null ? '' : count(bars[place]?.rows[kind] ?? 0)),
  }))
  return [options(bars, width, series, (value) => compact(value)), [bars.map((_, place) => place), ...kinds.map((_, place) => upTo(place))]]
}

function ratePlot(bars: Bar[], limits: DatasetModel['limits'], width: number): [uPlot.Options, uPlot.AlignedData] {
  const rates = bars.map(rateOf)
  // A limit far above everything would press what matters to the floor.
  const shown = limits && limits.warnRate <= 4 * Math.max(...rates, 0.0001) ? [limits.warnRate] : []
  const series: uPlot.Series[] = [
    {
      label: 'Quarantined',
      stroke: () => colour('--rows-quarantined'),
      fill: () => colour('--rows-quarantined'),
      width: 0,
      points: { show: false },
      paths: uPlot.paths.bars?.({ size: [0.7, 34] }),
      value: (_, __, ___, place) => (place === null ? '' : share(rates[place] ?? 0)),
    },
    ...shown.map(() => ({
      label: 'Warns above',
      stroke: () => colour('--muted'),
      dash: [5, 5],
      width: 1.5,
      points: { show: false },
      value: () => share(limits?.warnRate ?? 0),
    })),
  ]
  return [
    options(bars, width, series, (value) => share(value)),
    [bars.map((_, place) => place), rates, ...shown.map((limit) => bars.map(() => limit))],
  ]
}

function options(bars: Bar[], width: number, series: uPlot.Series[], written: (value: number) => string): uPlot.Options {
  const axis = { stroke: () => colour('--muted'), font: '11px system-ui, sans-serif', ticks: { show: false } }
  const at = (place: number | null) => (place === null || !bars[place] ? '' : labelOf(bars[place]))
  return {
    width,
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { live: true },
    hooks: { setCursor: [moveTip], ready: [({ over }) => over.append(h('div', { class: 'tip', hidden: true, 'aria-hidden': true }))] },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { time: false, range: [-0.6, bars.length - 0.4] }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 90,
        incrs: [1, 2, 5, 10, 20, 50],
        values: (_, places) => places.map((place) => (Number.isInteger(place) && bars[place] ? tick(bars, place) : '')),
      },
      { ...axis, grid: { stroke: () => colour('--line'), width: 1 }, size: 52, space: 36, values: (_, values) => values.map(written) },
    ],
    series: [{ label: 'Batch', value: (_, __, ___, place) => at(place) }, ...series],
  }
}

/** The values of the bar under the pointer, beside it. */
function moveTip({ over, cursor: { idx, left = -1 }, series }: uPlot): void {
  const tip = over.querySelector<HTMLElement>('.tip')
  if (!tip) return
  tip.hidden = idx == null || left < 0
  if (tip.hidden) return
  const lines = series.flatMap((each, place) => {
    const written = typeof each.value === 'function' ? String(each.value(null as never, 0, place, idx as number)) : ''
    return written === '' || written === '0' ? [] : [h('div', {}, place === 0 ? written : `${each.label}: ${written}`)]
  })
  tip.replaceChildren(...lines)
  const isRight = left > over.clientWidth / 2
  tip.style.left = isRight ? 'auto' : `${left + 12}px`
  tip.style.right = isRight ? `${over.clientWidth - left + 12}px` : 'auto'
}

// The time of day distinguishes batches of one day.
function tick(bars: Bar[], place: number): string {
  const day = (bar: Bar | undefined) => bar?.from.startedAt.slice(0, 10)
  return day(bars[0]) === day(bars.at(-1)) ? (bars[place]?.from.startedAt.slice(11, 16) ?? '') : (day(bars[place]) ?? '')
}

const labelOf = ({ from, to, batches }: Bar) =>
  batches === 1 ? time(from.startedAt) : `${plural(batches, 'batch', 'batches')}, ${time(from.startedAt)} to ${time(to.startedAt)}`
const rateOf = ({ rows: { quarantined, read } }: Bar) => (read === 0 ? 0 : quarantined / read)

function barsOf(batches: BatchModel[]): Bar[] {
  const size = Math.ceil(batches.length / mostBars())
  const bars: Bar[] = []
  for (let first = 0; first < batches.length; first += size) {
    const some = batches.slice(first, first + size)
    const rows = sumOfRows(some.map((batch) => batch.rows))
    bars.push({ from: some[0] as BatchModel, to: some.at(-1) as BatchModel, batches: some.length, rows })
  }
  return bars
}
