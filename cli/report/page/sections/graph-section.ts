import { BOX, drawGraph } from '../../../dataset-graph.ts'
import type { DatasetModel } from '../../model/model.ts'
import { age } from '../age.ts'
import { h } from '../dom.ts'
import { type Actions, chosenDataset, type View } from '../view.ts'
import { VERDICT_WORDS } from '../words.ts'

/** Which dataset is made of which, and how fresh each is; null where none is made of another. */
export function graphSection(view: View, actions: Actions): HTMLElement | null {
  const { datasets } = view.model
  const used = new Set(datasets.flatMap(({ dataset, madeOf }) => (madeOf.length > 0 ? [dataset, ...madeOf] : [])))
  const drawn = datasets.filter(({ dataset }) => used.has(dataset)).sort((one, other) => (one.dataset < other.dataset ? -1 : 1))
  if (drawn.length < 2) return null
  const { width, height, places, lines } = drawGraph(drawn.map(({ dataset, madeOf }) => ({ dataset, sources: madeOf })))
  const paths = lines.map(({ from, to, path }) => h('path', { d: path, 'data-from': from, 'data-to': to }))
  return h(
    'section',
    { class: 'graph', 'aria-labelledby': 'graph' },
    h('h2', { id: 'graph' }, 'What is made of what'),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Which dataset is made of which' },
      h(
        'div',
        { class: 'drawing', '--width': `${width}px`, '--height': `${height}px` },
        h('svg', { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': true }, ...paths),
        ...drawn.map((dataset) => box(dataset, places.get(dataset.dataset) ?? { x: 0, y: 0 }, view, actions)),
      ),
    ),
  )
}

function box({ dataset, verdict, lastGoodAt, madeOf }: DatasetModel, { x, y }: { x: number; y: number }, view: View, actions: Actions) {
  return h(
    'button',
    {
      class: `node ${verdict}`,
      type: 'button',
      'data-key': `node ${dataset}`,
      'aria-pressed': String(chosenDataset(view)?.dataset === dataset),
      title:
        madeOf.length > 0 ? `${dataset}, made of ${madeOf.join(', ')}: ${VERDICT_WORDS[verdict]}` : `${dataset}: ${VERDICT_WORDS[verdict]}`,
      click: () => actions.choose(dataset),
      ...{ '--x': `${x}px`, '--y': `${y}px`, '--width': `${BOX.width}px`, '--height': `${BOX.height}px` },
    },
    h('span', { class: 'name' }, dataset),
    h('span', { class: 'muted' }, ...(lastGoodAt === null ? ['never succeeded'] : ['fresh as of ', age(lastGoodAt, view.now)])),
  )
}
