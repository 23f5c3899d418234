// `npx tsx test/browser/screenshot.ts REPORT.html FILE.png`: the report as docs/images shows it.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { findChromium } from './install-chromium.mjs'

const [report, image] = process.argv.slice(2)
const executablePath = findChromium()
if (report === undefined || image === undefined || executablePath === undefined) {
  process.stderr.write('usage: npx tsx test/browser/screenshot.ts REPORT.html FILE.png (needs Chromium)\n')
  process.exit(2)
}
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
await page.goto(pathToFileURL(resolve(report)).href)
await page.locator('html[data-ready]').waitFor()
await page.screenshot({ path: image })
await browser.close()
