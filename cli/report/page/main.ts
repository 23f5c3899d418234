import type { ReportChange, ReportModel } from '../model/model.ts'
import { renewAges } from './age.ts'
import { dropPlots } from './charts/plots.ts'
import { datasetSection } from './dataset-section.ts'
import { h } from './dom.ts'
import { header, overview } from './overview.ts'
import { showPanel } from './panel/panel.ts'
import { type Actions, chosenDataset, RUNS_AT_ONCE, type View } from './view.ts'

const model = JSON.parse(document.getElementById('model')?.textContent ?? '{}') as ReportModel
const page = document.getElementById('page') as HTMLElement
const view: View = {
  model,
  ...placeOf(),
  runs: RUNS_AT_ONCE,
  runsOf: 'all',
  allPartitions: false,
  allAlerts: false,
  search: '',
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
  openBatch: (batchId) => change({ batchId, alertId: null }),
  openAlert: (alertId) => change({ ...datasetOfAlert(alertId), alertId, batchId: null }),
  change,
}

function change(changes: Partial<View>): void {
  Object.assign(view, changes)
  const place = addressOf(view)
  if (place !== location.hash) history.replaceState(null, '', place || location.pathname + location.search)
  draw()
}

/** An alert belongs to the dataset that it is about, where the page has it. */
function datasetOfAlert(alertId: string): Partial<View> {
  const about = view.model.alerts?.find(({ id }) => id === alertId)?.dataset
  return view.model.datasets.some(({ dataset }) => dataset === about) ? { dataset: about as string } : {}
}

/** `#/<dataset>/<batch>` or `#/<dataset>/alerts/<alert>`: you can send someone a link to a view. */
function addressOf({ dataset, batchId, alertId }: View): string {
  if (dataset === null && batchId === null && alertId === null) return ''
  const parts = [dataset ?? chosenDataset(view)?.dataset ?? '', ...(alertId === null ? [batchId ?? ''] : ['alerts', alertId])]
  return `#/${parts.map(encodeURIComponent).join('/')}`
}

function placeOf(): Pick<View, 'dataset' | 'batchId' | 'alertId'> {
  const [, dataset, batchId, alertId] = location.hash.startsWith('#/') ? location.hash.split('/').map(decoded) : []
  const isAlert = batchId === 'alerts' && alertId !== undefined
  return { dataset: dataset || null, batchId: isAlert ? null : batchId || null, alertId: isAlert ? alertId : null }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const unknownDataset = (name: string) =>
  h(
    'section',
    { id: 'dataset', tabindex: -1 },
    h('h2', {}, name),
    h('p', {}, 'This report has no dataset of this name. Choose one above, or make a report that includes it.'),
  )

function draw(): void {
  const focused = (document.activeElement as HTMLElement | null)?.dataset?.key
  const { scrollX, scrollY } = window
  dropPlots()
  const dataset = chosenDataset(view)
  document.title = dataset ? `${dataset.dataset} – Sluice report` : 'Sluice report'
  const chosen = dataset ? datasetSection(dataset, view, actions) : view.dataset === null ? null : unknownDataset(view.dataset)
  page.replaceChildren(header(view), h('main', {}, overview(view, actions), chosen))
  window.scrollTo(scrollX, scrollY)
  const held = focused === undefined ? null : page.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)
  held?.focus({ preventScroll: true })
  // A new input has its cursor at the beginning.
  if (held instanceof HTMLInputElement) held.setSelectionRange(held.value.length, held.value.length)
  showPanel(view, actions)
}

// As in most tools: `/` goes to the search.
window.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement
  const search = page.querySelector<HTMLInputElement>('input[type=search]')
  if (event.key !== '/' || isTyping || !search || document.querySelector('dialog[open]')) return
  event.preventDefault()
  search.focus()
})
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

function merged({ generatedAt, order, datasets, alerts }: ReportChange): ReportModel {
  const known = new Map([...view.model.datasets, ...datasets].map((each) => [each.dataset, each]))
  return { ...view.model, generatedAt, alerts, datasets: order.flatMap((name) => known.get(name) ?? []) }
}
