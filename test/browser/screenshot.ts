// `npx tsx test/browser/screenshot.ts REPORT.html FILE.png [WIDTH] [dark] [#/place] [whole]`: the report as docs/images shows it.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { findChromium } from './install-chromium.mjs'

const [report, image, ...options] = process.argv.slice(2)
const executablePath = findChromium()
if (report === undefined || image === undefined || executablePath === undefined) {
  process.stderr.write('usage: npx tsx test/browser/screenshot.ts REPORT.html FILE.png [WIDTH] [dark] [#/place] [whole] (needs Chromium)\n')
  process.exit(2)
}
const width = Number(options.find((option) => /^\d+$/.test(option)) ?? 1400)
const place = options.find((option) => option.startsWith('#')) ?? ''
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: options.includes('dark') ? 'dark' : 'light' })
await page.goto(pathToFileURL(resolve(report)).href + place)
await page.locator('html[data-ready]').waitFor()
// Plots are drawn when the browser has laid out their boxes.
if (options.includes('whole')) await page.waitForTimeout(500)
await page.screenshot({ path: image, fullPage: options.includes('whole') })
await browser.close()
