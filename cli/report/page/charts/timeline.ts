import type { BatchModel } from '../../model/model.ts'
import { h } from '../dom.ts'
import { took } from '../words.ts'

export const STEP_NAMES = [
  'Prepare',
  'Wait for lease',
  'Wait for job slot',
  'Curate',
  'Check rates',
  'Judge quality',
  'Publish',
  'Crawl',
  'Finish',
]

/** Place of a step in the row of colours. */
const tone = (name: string) => `step step-${Math.max(0, STEP_NAMES.indexOf(name))}`

export function timeline({ steps }: BatchModel, seconds: number): SVGElement {
  const scale = 1000 / Math.max(seconds, 0.1)
  return h<SVGElement>(
    'svg',
    {
      class: 'timeline',
      viewBox: '0 0 1000 16',
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': steps.map((step) => `${step.name} ${took(step.seconds)}`).join(', ') || 'no timeline',
    },
    ...steps.map((step) =>
      h(
        'rect',
        { class: `${tone(step.name)} ${step.state}`, x: step.from * scale, y: 0, width: Math.max(2, step.seconds * scale - 1), height: 16 },
        h('title', {}, `${step.name}: ${took(step.seconds)}`),
      ),
    ),
  )
}

export function stepLegend(batches: BatchModel[]): HTMLElement {
  const present = new Set(batches.flatMap(({ steps }) => steps.map(({ name }) => name)))
  return h(
    'ul',
    { class: 'legend' },
    ...STEP_NAMES.filter((name) => present.has(name)).map((name) =>
      h('li', {}, h('span', { class: `swatch ${tone(name)}`, 'aria-hidden': true }), name),
    ),
  )
}

export const lengthOf = ({ steps, seconds }: BatchModel) => Math.max(0, seconds ?? 0, ...steps.map((step) => step.from + step.seconds))
