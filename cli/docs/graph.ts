import { type Html, html } from './html.ts'
import type { DatasetPage } from './model.ts'

const WIDTH = 210
const HEIGHT = 44
const GAP = { x: 70, y: 18 }

/** Datasets as boxes, from files on the left to gold on the right, with a line from each to what is made of it. */
export function datasetGraph(pages: DatasetPage[]): Html {
  const depths = depthsOf(pages)
  const rows = new Map<number, number>()
  const places = new Map<string, { x: number; y: number }>()
  for (const { contract } of pages) {
    const depth = depths.get(contract.dataset) ?? 0
    const row = rows.get(depth) ?? 0
    rows.set(depth, row + 1)
    places.set(contract.dataset, { x: 2 + depth * (WIDTH + GAP.x), y: 2 + row * (HEIGHT + GAP.y) })
  }
  const width = 4 + Math.max(0, ...depths.values()) * (WIDTH + GAP.x) + WIDTH
  const height = 4 + Math.max(1, ...rows.values()) * (HEIGHT + GAP.y) - GAP.y
  const lines = pages.flatMap(({ contract, sources }) =>
    sources.flatMap((source) => {
      const [from, to] = [places.get(source), places.get(contract.dataset)]
      if (!from || !to) return []
      const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2]
      const half = (x1 + x2) / 2
      return html`<path d="M ${x1} ${y1} C ${half} ${y1}, ${half} ${y2}, ${x2} ${y2}" data-from="${source}" data-to="${contract.dataset}"/>`
    }),
  )
  const boxes = pages.map(({ contract: { dataset, gold } }) => {
    const { x, y } = places.get(dataset) ?? { x: 0, y: 0 }
    const shown = dataset.length > 26 ? `${dataset.slice(0, 25)}…` : dataset
    return html`<a href="${dataset}.html"><g class="${gold ? 'gold' : 'files'}"><title>${dataset}</title><rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="8"/><text x="${x + WIDTH / 2}" y="${y + HEIGHT / 2 + 5}">${shown}</text></g></a>`
  })
  return html`<svg viewBox="0 0 ${width} ${height}" style="max-width: ${width}px" role="img" aria-label="Which dataset is made of which">${lines}${boxes}</svg>`
}

/** How many steps a dataset is away from files. Contracts have no circle. */
function depthsOf(pages: DatasetPage[]): Map<string, number> {
  const sources = new Map(pages.map((page) => [page.contract.dataset, page.sources]))
  const depths = new Map<string, number>()
  const depthOf = (dataset: string): number => {
    const known = depths.get(dataset)
    if (known !== undefined) return known
    const depth = Math.max(-1, ...(sources.get(dataset) ?? []).map(depthOf)) + 1
    depths.set(dataset, depth)
    return depth
  }
  for (const dataset of sources.keys()) depthOf(dataset)
  return depths
}
