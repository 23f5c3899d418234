import type { ReportChange, ReportModel } from '../model.ts'
import { renewAges } from './age.ts'
import { showBatch } from './batch-dialog.ts'
import { datasetSection } from './dataset-section.ts'
import { h } from './dom.ts'
import { header, overview } from './overview.ts'
import { dropPlots } from './plots.ts'
import { type Actions, chosenDataset, RUNS_AT_ONCE, type View } from './view.ts'

const model = JSON.parse(document.getElementById('model')?.textContent ?? '{}') as ReportModel
const page = document.getElementById('page') as HTMLElement
const view: View = {
  model,
  ...placeOf(),
  runs: RUNS_AT_ONCE,
  runsOf: 'all',
  allPartitions: false,
  opened: new Set(),
  now: Date.now(),
  lost: false,
}

const actions: Actions = {
  choose(dataset) {
    const isOther = chosenDataset(view)?.dataset !== dataset
    change({ dataset, ...(isOther && { runs: RUNS_AT_ONCE, runsOf: 'all', allPartitions: false }) })
    document.getElementById('dataset')?.focus()
  },
  openBatch: (batchId) => change({ batchId }),
  change,
}

function change(changes: Partial<View>): void {
  Object.assign(view, changes)
  const { dataset, batchId } = view
  const place =
    dataset === null && batchId === null
      ? ' '
      : `#/${[chosenDataset(view)?.dataset ?? '', batchId ?? ''].map(encodeURIComponent).join('/')}`
  if (place.trim() !== location.hash) history.replaceState(null, '', place.trim() || location.pathname + location.search)
  draw()
}

/** `#/<dataset>/<batch>`: you can send someone a link to a view. */
function placeOf(): Pick<View, 'dataset' | 'batchId'> {
  const [, dataset, batchId] = location.hash.startsWith('#/') ? location.hash.split('/').map(decoded) : []
  return { dataset: dataset || null, batchId: batchId || null }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function draw(): void {
  const focused = (document.activeElement as HTMLElement | null)?.dataset?.key
  const { scrollX, scrollY } = window
  dropPlots()
  const dataset = chosenDataset(view)
  document.title = dataset ? `${dataset.dataset} – Sluice report` : 'Sluice report'
  page.replaceChildren(header(view), h('main', {}, overview(view, actions), dataset ? datasetSection(dataset, view, actions) : null))
  window.scrollTo(scrollX, scrollY)
  if (focused !== undefined) page.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
  showBatch(dataset, view, actions)
}

window.addEventListener('hashchange', () => {
  if (!location.hash.startsWith('#/')) return
  Object.assign(view, placeOf())
  draw()
})
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
draw()
document.documentElement.dataset.ready = 'true'
renewAges()

const { version } = document.documentElement.dataset
if (version !== undefined) follow(version)

/** For a live page: receives changes until the page closes. A hidden page asks for none. */
function follow(version: string): void {
  let seen = version
  let source: EventSource | undefined
  const listen = () => {
    source?.close()
    source = undefined
    if (document.hidden) return
    source = new EventSource(`changes?since=${encodeURIComponent(seen)}`)
    source.onerror = () => {
      if (!view.lost) change({ lost: true })
      // The browser tries again by itself, but not after every kind of failure.
      if (source?.readyState === EventSource.CLOSED) setTimeout(listen, 2000)
    }
    source.onmessage = ({ data }) => {
      const told = JSON.parse(data) as ReportChange | { unreadable: string }
      if ('unreadable' in told) return view.lost ? undefined : change({ lost: true })
      const isNew = told.version !== seen
      seen = told.version
      if (isNew) change({ model: merged(told), now: Date.now(), lost: false })
      else if (view.lost) change({ lost: false, now: Date.now() })
    }
  }
  document.addEventListener('visibilitychange', listen)
  listen()
}

function merged({ generatedAt, order, datasets }: ReportChange): ReportModel {
  const known = new Map([...view.model.datasets, ...datasets].map((each) => [each.dataset, each]))
  return { ...view.model, generatedAt, datasets: order.flatMap((name) => known.get(name) ?? []) }
}
