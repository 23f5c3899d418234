import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../local/setup/places.mjs'
import type { ReportData } from './report-data.ts'

const page = (file: string) => readFileSync(join(root, 'cli', 'report', 'page', file), 'utf8')
const plots = (file: string) => readFileSync(join(root, 'node_modules', 'uplot', 'dist', file), 'utf8')

/** One file that needs nothing else: data, style, plot library and script inside. */
export function renderReport(data: ReportData): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sluice ${escaped(data.stage)}: is the data good and fresh?</title>
<link rel="icon" href="data:,">
<style>${plots('uPlot.min.css')}
${page('report.css')}</style>
</head>
<body>
<header><h1>Sluice <small>${escaped(data.stage)}</small></h1><p>As of <time datetime="${data.generatedAt}">${data.generatedAt.slice(0, 19).replace('T', ' ')} UTC</time></p></header>
<main id="report"><noscript>This page draws itself with JavaScript.</noscript></main>
<script type="application/json" id="data">${inScript(data)}</script>
<script>${plots('uPlot.iife.min.js')}</script>
<script>${['elements.js', 'batch-dialog.js', 'report.js'].map(page).join('\n')}</script>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

// `</script>` in somebody's data must not end the script.
function inScript(data: ReportData): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c')
}
