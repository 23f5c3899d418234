import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderReport } from '../../cli/report/render.ts'
import { stateFolder } from '../../local/setup/places.mjs'
import { findChromium } from './install-chromium.mjs'
import { syntheticReport } from './synthetic-report.ts'

const executablePath = findChromium()

// Without a browser there is nothing to test; npm test installs one where it may.
describe.skipIf(executablePath === undefined)('the report in a browser', () => {
  let browser: Browser
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-report-'))
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(batches: number, options: { failing?: boolean; width?: number; dark?: boolean } = {}) {
    const file = join(folder, `${batches}-${options.failing ?? false}.html`)
    writeFileSync(file, renderReport(syntheticReport(batches, options.failing ?? false)))
    const page = await browser.newPage({
      viewport: { width: options.width ?? 1280, height: 900 },
      colorScheme: options.dark ? 'dark' : 'light',
    })
    const problems: string[] = []
    const asked: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('request', (request) => asked.push(request.url()))
    const began = Date.now()
    await page.goto(pathToFileURL(file).href)
    await page.getByRole('heading', { name: 'returns' }).waitFor()
    return { page, problems, asked, tookMs: Date.now() - began }
  }

  it('says at first sight whether data is good and fresh', async () => {
    const { page, problems } = await open(100)
    expect(problems).toEqual([])
    expect(await page.locator('.verdict').first().textContent()).toBe('✔ Good, and 1 h old')
    expect(await page.locator('.verdict').nth(1).textContent()).toBe('● Nothing has been published yet')
  })

  it('says what failed', async () => {
    const { page } = await open(100, { failing: true })
    expect(await page.locator('.verdict').first().textContent()).toMatch(/✖ A batch has failed: QualityGateError/)
    expect(await page.locator('.cell.failed').count()).toBe(1)
  })

  it('asks the network for nothing and lets data be text', async () => {
    const { page, asked } = await open(100)
    expect(asked.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([])
    await expect(page.getByRole('cell', { name: '<script>alert(1)</script>' }).first().textContent()).resolves.toContain('<script>')
  })

  it('opens a batch from the grid by keyboard, and closes it again', async () => {
    const { page } = await open(60)
    await page.locator('.cell').last().focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Batch orders-59' })
    await dialog.waitFor()
    expect(await dialog.textContent()).toMatch(/scan.*20\.0 s.*IsUnique "order_id"/s)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  it('names every button and picture for a screen reader', async () => {
    const { page } = await open(60)
    const nameless = await page.$$eval('button, [role=img], [role=region], [role=group]', (elements) =>
      elements
        .filter((each) => !each.textContent?.trim() && !each.getAttribute('aria-label') && !each.getAttribute('aria-labelledby'))
        .map((each) => each.outerHTML),
    )
    expect(nameless).toEqual([])
    expect(
      await page.$$eval('table:not(.u-legend)', (tables) => tables.filter((each) => !each.querySelector('caption')?.textContent).length),
    ).toBe(0)
  })

  it('opens 5,000 batches in under two seconds', async () => {
    const { tookMs, problems, page } = await open(5000)
    expect(problems).toEqual([])
    expect(tookMs).toBeLessThan(2000)
    expect(await page.locator('.uplot').count()).toBe(2)
  })

  it.each([
    [1280, false],
    [390, true],
  ])('fits a window of %i pixels', async (width, dark) => {
    const { page } = await open(100, { width, dark })
    expect(await overflow(page)).toBe(0)
    const shots = join(stateFolder, 'screenshots')
    mkdirSync(shots, { recursive: true })
    await page.screenshot({ path: join(shots, `report-${width}${dark ? '-dark' : ''}.png`), fullPage: true })
  })
})

const overflow = (page: Page) =>
  page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth))
