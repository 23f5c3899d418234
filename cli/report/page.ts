import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { ReportModel } from './model/model.ts'

/** Element of the page that holds the model. */
export const MODEL_ID = 'model'

/** In this order: a later one overrides an earlier one. */
const STYLES = ['colours', 'base', 'overview', 'graph', 'dataset', 'sections', 'profile', 'runs', 'panel', 'windows']

interface Assets {
  script: string
  style: string
}

let assets: Promise<Assets> | undefined

/**
 * The whole report as one HTML file that asks the network for nothing.
 * @param version of the model: with it, the page asks its own server for newer versions
 */
export async function renderPage(model: ReportModel, version?: string): Promise<string> {
  assets ??= bundle()
  const { script, style } = await assets
  const policy = contentPolicy({ script, style }, version !== undefined)
  return `<!doctype html>
<html lang="en"${version === undefined ? '' : ` data-version="${version}"`}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Sluice report</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#dataset">Skip to the dataset</a>
<div id="page"><noscript>This report needs JavaScript. The report command prints the same facts with --json</noscript></div>
<script type="application/json" id="${MODEL_ID}">${inScript(model)}</script>
<script>${script}</script>
</body>
</html>
`
}

/**
 * JSON that is safe between script tags: nothing in it can end the element or begin a comment. Its
 * content comes from outside.
 */
export const inScript = (value: unknown) => JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, escapeOf)

const escapeOf = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Only this script and this style, whatever the data may hold; no network but, for a live page, its own server. */
function contentPolicy({ script, style }: Assets, isLive: boolean): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    'img-src data:',
    `connect-src ${isLive ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

async function bundle(): Promise<Assets> {
  // Loaded late: every command loads this module, and this one alone bundles.
  const { build } = await import('esbuild')
  const entry = fileURLToPath(new URL('./page/main.ts', import.meta.url))
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, write: false, format: 'iife', target: 'es2022' })
  const plots = createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css')
  const own = STYLES.map((name) => fileURLToPath(new URL(`./page/style/${name}.css`, import.meta.url)))
  const style = (await Promise.all([plots, ...own].map((file) => readFile(file, 'utf8')))).join('\n')
  // The parser ends the element at the first such word, even inside a string.
  const script = (outputFiles[0]?.text ?? '').replaceAll(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--')
  return { script: script.trim(), style }
}
