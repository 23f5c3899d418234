import type { ColumnProfile } from '../../../../functions/domain/batch/manifest/profile.ts'
import { h } from '../dom.ts'
import { share } from '../words.ts'

type Histogram = NonNullable<ColumnProfile['histogram']>

const [WIDTH, HEIGHT] = [120, 30]
const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 })

/** Bars of this batch, and the outline of the one before, each as shares of its own rows, on one scale of values. */
export function histogramPlot(now: Histogram, before: Histogram | undefined): SVGElement {
  const all = before ? [now, before] : [now]
  const least = Math.min(...all.map(({ from }) => from))
  const most = Math.max(...all.map(({ from, width, counts }) => from + width * counts.length))
  // Shares by width, so that wide and narrow buckets compare.
  const highest = Math.max(...all.flatMap((each) => densities(each)))
  const x = (value: number) => ((value - least) / (most - least)) * WIDTH
  const y = (density: number) => HEIGHT - (density / highest) * (HEIGHT - 1)
  return h<SVGElement>(
    'svg',
    {
      class: 'histogram',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: WIDTH,
      height: HEIGHT,
      role: 'img',
      'aria-label': `from ${precise.format(least)} to ${precise.format(most)}: ${inWords(now)}`,
    },
    ...densities(now).map((density, place) => {
      const [left, right] = [x(now.from + place * now.width), x(now.from + (place + 1) * now.width)]
      const [top, wide] = [y(density), Math.max(0.5, right - left - 0.5)]
      return h(
        'rect',
        { x: left.toFixed(2), y: top.toFixed(2), width: wide.toFixed(2), height: (HEIGHT - top).toFixed(2) },
        h('title', {}, bucketInWords(now, place)),
      )
    }),
    before && h('path', { d: outline(before, x, y) }),
  )
}

const densities = ({ counts, width }: Histogram) => {
  const rows = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => count / rows / width)
}

function outline(histogram: Histogram, x: (value: number) => number, y: (density: number) => number): string {
  const { from, width } = histogram
  const steps = densities(histogram).map((density, place) => `V${y(density).toFixed(2)}H${x(from + (place + 1) * width).toFixed(2)}`)
  return `M${x(from).toFixed(2)} ${HEIGHT}${steps.join('')}V${HEIGHT}`
}

function bucketInWords({ from, width, counts }: Histogram, place: number): string {
  const rows = counts.reduce((sum, count) => sum + count, 0)
  return `${precise.format(from + place * width)} to ${precise.format(from + (place + 1) * width)}: ${share((counts[place] ?? 0) / rows)}`
}

const inWords = (histogram: Histogram) =>
  histogram.counts.flatMap((count, place) => (count === 0 ? [] : [bucketInWords(histogram, place)])).join('; ')
