import type { DatasetModel } from '../../model/model.ts'
import { observesShare, ruleLimits } from '../../model/rule-limits.ts'
import { h } from '../dom.ts'
import { count, share, time } from '../words.ts'

const [WIDTH, HEIGHT, EDGE] = [240, 34, 3]
const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

/** What a rule observed, judgement by judgement, against its limits. Null where the engine gave no number. */
export function observedLine(rule: string, place: number, shown: DatasetModel['batches']): HTMLElement | null {
  const points = shown.flatMap(({ startedAt, quality }) => {
    const outcome = quality?.outcomes.find((each) => each.rule === place)
    return outcome?.observed === undefined ? [] : [{ startedAt, observed: outcome.observed, passed: outcome.passed }]
  })
  const last = points.at(-1)
  if (!last) return null
  const limits = ruleLimits(rule)
  const written = (value: number) => (observesShare(rule) ? share(value) : Number.isInteger(value) ? count(value) : precise.format(value))
  const against = limits.length === 0 ? '' : `, limit ${limits.map(written).join(' to ')}`
  const values = [...points.map(({ observed }) => observed), ...limits]
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const y = (value: number) => (most === least ? HEIGHT / 2 : EDGE + ((most - value) / (most - least)) * (HEIGHT - 2 * EDGE))
  const x = (index: number) => (points.length === 1 ? WIDTH / 2 : EDGE + (index / (points.length - 1)) * (WIDTH - 2 * EDGE))
  return h(
    'div',
    { class: 'observed' },
    h<SVGElement>(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        width: WIDTH,
        height: HEIGHT,
        role: 'img',
        'aria-label': `observed: ${points.map(({ observed }) => written(observed)).join(', ')}${against}`,
      },
      ...limits.map((limit) =>
        h('line', { class: 'limit', x1: 0, x2: WIDTH, y1: y(limit), y2: y(limit) }, h('title', {}, `limit ${written(limit)}`)),
      ),
      points.length > 1 &&
        h('path', { d: `M${points.map(({ observed }, index) => `${x(index).toFixed(1)} ${y(observed).toFixed(1)}`).join('L')}` }),
      ...points.map(({ startedAt, observed, passed }, index) =>
        h(
          'circle',
          { class: passed ? 'succeeded' : 'failed', cx: x(index), cy: y(observed), r: passed ? 2 : 3.2 },
          h('title', {}, `${time(startedAt)}: ${written(observed)}${against}`),
        ),
      ),
    ),
    h('span', { class: 'muted' }, `last ${written(last.observed)}${against}`),
  )
}
