import { BOX, drawGraph } from '../dataset-graph.ts'
import { type Html, html } from './html.ts'
import { type DatasetPage, type Freshness, publishedAtInWords } from './model.ts'

/** Datasets as boxes, with when each was last published where that is known. */
export function datasetGraph(pages: DatasetPage[]): Html {
  const { width, height, places, lines } = drawGraph(pages.map(({ contract: { dataset }, sources }) => ({ dataset, sources })))
  const drawn = lines.map(({ from, to, path }) => html`<path d="${path}" data-from="${from}" data-to="${to}"/>`)
  const boxes = pages.map(({ contract: { dataset, gold }, freshness }) => {
    const { x, y } = places.get(dataset) ?? { x: 0, y: 0 }
    const shown = dataset.length > 26 ? `${dataset.slice(0, 25)}…` : dataset
    const [middle, line] = [x + BOX.width / 2, y + BOX.height / 2 + 5]
    const texts = freshness
      ? html`<text x="${middle}" y="${line - 9}">${shown}</text><text class="fresh" x="${middle}" y="${line + 10}">${wordsOf(freshness)}</text>`
      : html`<text x="${middle}" y="${line}">${shown}</text>`
    return html`<a href="${dataset}.html"><g class="${gold ? 'gold' : 'files'}"><title>${dataset}</title><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="8"/>${texts}</g></a>`
  })
  return html`<svg viewBox="0 0 ${width} ${height}" style="max-width: ${width}px" role="img" aria-label="Which dataset is made of which">${drawn}${boxes}</svg>`
}

const wordsOf = (freshness: Freshness) => `${publishedAtInWords(freshness) ?? 'not yet published'}${freshness.isLate ? ', late' : ''}`
