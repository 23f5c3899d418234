import { type DatasetModel, VERDICTS } from '../model/model.ts'
import { age } from './age.ts'
import { h } from './dom.ts'
import { alertsSection } from './sections/alerts-section.ts'
import { graphSection } from './sections/graph-section.ts'
import { type Actions, chosenDataset, type View } from './view.ts'
import { compact, count, plural, SIGNS, share, time, VERDICT_COUNTS, VERDICT_WORDS } from './words.ts'

const BARS = 30
/** More than these scroll in a box of their own, so that the chosen one is not pushed away. */
const MANY = 8
const A_DAY_MS = 86_400_000

export function header({ model, now, lost }: View): HTMLElement {
  const { source, generatedAt } = model
  const isLive = document.documentElement.dataset.version !== undefined
  const from = { folder: 'folder', laptop: 'this machine,', aws: 'AWS,' }[source.kind]
  const state = lost ? 'connection lost; this is the last state' : isLive ? 'live' : `as of ${time(generatedAt)} UTC`
  return h(
    'header',
    { class: 'top' },
    h('p', { class: 'brand' }, h('span', { class: 'mark', 'aria-hidden': true }), 'Sluice report'),
    h(
      'p',
      { class: 'muted', role: 'status' },
      `${from} ${source.name} · `,
      h('span', { class: lost ? 'bad' : isLive ? 'good' : '' }, state),
      !isLive && now - Date.parse(generatedAt) > A_DAY_MS && h('span', { class: 'warn' }, ' · written ', age(generatedAt, now)),
    ),
  )
}

/** The overview: one sentence, then a line for each dataset; datasets that need your attention come first. */
export function overview(view: View, actions: Actions): HTMLElement {
  const { datasets } = view.model
  const found = datasets.filter((dataset) => isSought(dataset, view.search))
  return h(
    'section',
    { class: 'overview', 'aria-labelledby': 'answer' },
    h('h1', { id: 'answer' }, ...answer(view.model)),
    datasets.length > 1 && h('p', { class: 'summary' }, ...summary(view)),
    datasets.length === 0 && h('p', { class: 'muted' }, 'No dataset yet. Land a file to see it here.'),
    datasets.length > 1 && searchBox(view, actions),
    found.length < datasets.length &&
      h('p', { class: 'muted', role: 'status' }, `${count(found.length)} of ${plural(datasets.length, 'dataset')}`),
    h('ul', { class: found.length > MANY ? 'datasets many' : 'datasets' }, ...found.map((dataset) => line(dataset, view, actions))),
    graphSection(view, actions),
    alertsSection(view, actions),
  )
}

const isSought = ({ dataset, owner, description }: DatasetModel, search: string) =>
  `${dataset} ${owner ?? ''} ${description ?? ''}`.toLowerCase().includes(search.trim().toLowerCase())

function searchBox({ search }: View, actions: Actions): HTMLElement {
  const input = h<HTMLInputElement>('input', {
    type: 'search',
    value: search,
    'data-key': 'search',
    'aria-label': 'Search datasets',
    placeholder: 'Search datasets (press /)',
    input: () => actions.change({ search: input.value }),
  })
  return input
}

function answer({ datasets, source }: View['model']): (Node | string)[] {
  const wrong = datasets.filter(({ verdict }) => ['failed', 'attention', 'late'].includes(verdict))
  const waiting = datasets.filter(({ verdict }) => ['empty', 'running'].includes(verdict))
  if (datasets.length === 0) return ['Nothing to report yet.']
  if (wrong.length > 0) {
    const who =
      datasets.length === 1
        ? 'Your data needs a look.'
        : `${wrong.length} of ${plural(datasets.length, 'dataset')} need${wrong.length === 1 ? 's' : ''} a look.`
    return [h('span', { class: wrong.some(({ verdict }) => verdict === 'failed') ? 'bad' : 'warn' }, who)]
  }
  if (waiting.length === datasets.length) return ['No data has arrived yet.']
  // A folder is the result of an ended run: it cannot be fresh or late.
  const good = source.kind === 'folder' ? 'good' : 'good and fresh'
  const who =
    datasets.length === 1 ? 'Your data is' : waiting.length > 0 ? 'All data that arrived is' : `All ${datasets.length} datasets are`
  return [h('span', { class: 'good' }, `${who} ${good}.`)]
}

/** For many datasets: how many have each verdict, and which has the oldest good batch. */
function summary({ model: { datasets, source }, now }: View): (Node | string)[] {
  const counts = VERDICTS.flatMap((verdict) => {
    const number = datasets.filter((each) => each.verdict === verdict).length
    return number > 0 ? [`${count(number)} ${VERDICT_COUNTS[verdict]}`] : []
  })
  const oldest = datasets
    .filter(({ lastGoodAt }) => lastGoodAt !== null)
    .sort((left, right) => (`${left.lastGoodAt}` < `${right.lastGoodAt}` ? -1 : 1))[0]
  const freshness =
    source.kind === 'folder' || !oldest?.lastGoodAt ? [] : [` The least fresh is ${oldest.dataset}, of `, age(oldest.lastGoodAt, now), '.']
  return [`${counts.join(', ')}.`, ...freshness]
}

function line(dataset: DatasetModel, view: View, actions: Actions): HTMLElement {
  const { dataset: name, verdict, findings, lastGoodAt, totals, waiting } = dataset
  const isChosen = chosenDataset(view)?.dataset === name
  const last = dataset.batches.findLast(({ quarantineRate }) => quarantineRate !== null)
  return h(
    'li',
    {},
    h(
      'button',
      {
        class: 'dataset',
        type: 'button',
        'data-key': `dataset ${name}`,
        'aria-pressed': String(isChosen),
        click: () => actions.choose(name),
      },
      h('span', { class: `badge ${verdict}` }, h('span', { 'aria-hidden': true }, SIGNS[verdict] ?? ''), ` ${VERDICT_WORDS[verdict]}`),
      h('span', { class: 'name' }, name),
      h(
        'span',
        { class: 'said' },
        h('span', { class: 'fact' }, ...(lastGoodAt === null ? ['never succeeded'] : ['fresh as of ', age(lastGoodAt, view.now)])),
        h('span', { class: 'fact' }, `${compact(totals.tableRows)} rows`),
        h('span', { class: 'fact' }, last?.quarantineRate != null ? `${share(last.quarantineRate)} quarantined` : ''),
      ),
      bars(dataset),
    ),
    waiting && waiting.files > 0
      ? h(
          'p',
          { class: 'finding muted' },
          `${plural(waiting.files, 'file')} wait${waiting.files === 1 ? 's' : ''}${waiting.since ? ` since ${time(waiting.since)}` : ''}`,
        )
      : null,
    ...findings.slice(0, 3).map((finding) => h('p', { class: 'finding' }, finding)),
    findings.length > 3 && h('p', { class: 'finding muted' }, `and ${findings.length - 3} more`),
  )
}

/** The last batches at a glance: height is rows read, colour the outcome. */
function bars({ batches }: DatasetModel): SVGElement {
  const last = batches.slice(-BARS)
  const most = Math.max(1, ...last.map(({ rows }) => rows?.read ?? 0))
  return h<SVGElement>(
    'svg',
    {
      class: 'bars',
      viewBox: `0 0 ${BARS * 4} 24`,
      role: 'img',
      'aria-label': `${count(last.length)} last batches, ${last.filter(({ status }) => status === 'failed').length} failed`,
    },
    ...last.map(({ status, rows }, place) => {
      const height = Math.max(3, (22 * (rows?.read ?? 0)) / most)
      const x = (BARS - last.length + place) * 4
      return h('rect', { class: status, x, y: 24 - height, width: 3, height, rx: 0.8 })
    }),
  )
}
