import { expectationInWords } from '../../functions/domain/batch/lateness.ts'
import { explainContract } from '../explain-contract.ts'
import { datasetGraph } from './graph.ts'
import { type Html, html } from './html.ts'
import { type ColumnPage, type ColumnRef, type DatasetPage, type Freshness, publishedAtInWords } from './model.ts'
import { STYLE } from './style.ts'

/** File → its content: a page of all datasets, and a page each. They need no script and no network. */
export function renderSite(pages: DatasetPage[]): Record<string, string> {
  const site: Record<string, string> = { 'index.html': overview(pages) }
  for (const page of pages) site[`${page.contract.dataset}.html`] = datasetPage(page, pages)
  return site
}

function document(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head>
<body><main>${body}</main></body></html>
`.text
}

function overview(pages: DatasetPage[]): string {
  const isAsked = pages.some(({ freshness }) => freshness !== null)
  const rows = pages.map(
    ({ contract, columns, freshness }) =>
      html`<tr><td>${linkTo(contract.dataset)}</td><td>${contract.description ?? ''}</td><td>${contract.owner}</td><td>${kindOf(contract)}</td><td class="number">${columns.length}</td>${isAsked && html`<td>${freshness && lastPublished(freshness)}</td>`}</tr>`,
  )
  return document(
    'Datasets',
    html`<h1>Datasets</h1>${datasetGraph(pages)}
<table><thead><tr><th>dataset</th><th>what it is</th><th>owner</th><th>made of</th><th class="number">columns</th>${isAsked && html`<th>last published</th>`}</tr></thead><tbody>${rows}</tbody></table>`,
  )
}

function datasetPage(page: DatasetPage, pages: DatasetPage[]): string {
  const { contract, columns, sources, readers, freshness } = page
  const near = pages.filter(({ contract: { dataset } }) => dataset === contract.dataset || [...sources, ...readers].includes(dataset))
  return document(
    contract.dataset,
    html`<p><a href="index.html">All datasets</a></p><h1>${contract.dataset}</h1>
${contract.description && html`<p>${contract.description}</p>`}
<dl><dt>Owner</dt><dd>${contract.owner}</dd><dt>Made of</dt><dd>${kindOf(contract)}</dd>
<dt>Primary key</dt><dd>${contract.primary_key.join(', ')}</dd>
${contract.curated.partition_by.length > 0 && html`<dt>Partitions</dt><dd>${contract.curated.partition_by.join(', ')}</dd>`}
${contract.expect && html`<dt>Expected</dt><dd>${expectationInWords(contract.expect)}</dd>`}
${freshness && html`<dt>Last published</dt><dd>${lastPublished(freshness)}</dd>`}
<dt>Contract</dt><dd>version ${contract.version}</dd></dl>
${near.length > 1 && datasetGraph(near)}
<h2>Columns</h2>
<table><thead><tr><th>column</th><th>type</th><th></th><th>made of</th><th>used by</th></tr></thead><tbody>${columns.map((column) => columnRow(column))}</tbody></table>
${rules(page)}
${contract.gold && html`<h2>Query</h2><pre>${contract.gold.sql.trim()}</pre>`}
<h2>What happens</h2><ol>${explainContract(contract).map((step) => html`<li>${step}</li>`)}</ol>`,
  )
}

function columnRow({ name, type, isKey, isPartition, isSensitive, sql, madeOf, usedBy, refersTo }: ColumnPage): Html {
  const marks = [isKey && 'key', isPartition && 'partition', isSensitive && 'sensitive'].filter((mark) => mark !== false)
  return html`<tr id="${name}"><td><code>${name}</code></td><td><code>${type}</code></td><td>${marks.map((mark) => html`<span class="mark">${mark}</span> `)}${refersTo && html`<span>refers to ${refLink(refersTo)}</span>`}</td><td>${list(madeOf)}${sql && html`<br><code class="sql">${sql}</code>`}</td><td>${list(usedBy)}</td></tr>`
}

function rules({ contract }: DatasetPage): Html {
  const set = Object.entries(contract.quarantine.rules)
  return html`${set.length > 0 && html`<h2>Rows that are set aside</h2><table><tbody>${set.map(([name, sql]) => html`<tr><td><code>${name}</code></td><td><code>${sql}</code></td></tr>`)}</tbody></table>`}
${contract.quality && html`<h2>Rules for each batch</h2><pre>${contract.quality.trim()}</pre>`}
${contract.reconcile && html`<h2>Numbers that must be equal</h2><table><tbody>${Object.entries(contract.reconcile).map(([name, { gold, sources }]) => html`<tr><td><code>${name}</code></td><td><code>${gold}</code></td><td><code>${sources}</code></td></tr>`)}</tbody></table>`}`
}

const lastPublished = (freshness: Freshness) =>
  html`${publishedAtInWords(freshness) ?? 'not yet'}${freshness.isLate && html` <span class="mark">late</span>`}`
const linkTo = (dataset: string) => html`<a href="${dataset}.html">${dataset}</a>`
const refLink = ({ dataset, column }: ColumnRef) =>
  dataset === null ? html`<span class="file">${column}</span>` : html`<a href="${dataset}.html#${column}">${dataset}.${column}</a>`
const list = (refs: ColumnRef[]) => refs.map((ref, index) => html`${index > 0 && ', '}${refLink(ref)}`)
const kindOf = ({ gold, source }: DatasetPage['contract']) => (gold ? Object.keys(gold.sources).join(', ') : `${source.format} files`)
