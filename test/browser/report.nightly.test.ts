import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DatasetFacts } from '../../cli/report/facts.ts'
import { buildModel } from '../../cli/report/model/build-model.ts'
import { renderPage } from '../../cli/report/page.ts'
import { serveReport } from '../../cli/report/serve.ts'
import { launchChromium } from './chromium.ts'
import { HOSTILE, NOW, syntheticDataset } from './synthetic-facts.ts'

const SOURCE = { kind: 'aws', name: 'sluice-prod' } as const
let browser: Browser
let folder: string

beforeAll(async () => {
  browser = await launchChromium()
  folder = mkdtempSync(join(tmpdir(), 'sluice-report-'))
}, 300_000)
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function newPage(options: { width?: number; dark?: boolean } = {}) {
  const page = await browser.newPage({
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.dark ? 'dark' : 'light',
  })
  const problems: string[] = []
  const requests: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('request', (request) => requests.push(request.url()))
  return { page, problems, requests }
}

async function open(facts: DatasetFacts[], options: { width?: number; dark?: boolean; place?: string } = {}) {
  const file = join(folder, `${facts.map(({ dataset, batches }) => `${dataset}-${batches.length}`).join()}.html`)
  writeFileSync(file, await renderPage(buildModel(facts, SOURCE, NOW)))
  const opened = await newPage(options)
  await opened.page.goto(pathToFileURL(file).href + (options.place ?? ''))
  await opened.page.locator('html[data-ready]').waitFor()
  return opened
}

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

describe('the first look', () => {
  it('says that all is good and fresh', async () => {
    const { page, problems } = await open([syntheticDataset('customers', 10), syntheticDataset('orders', 30)])
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('All 2 datasets are good and fresh.')
    expect(await page.locator('.summary').textContent()).toMatch(/^2 good\. The least fresh is customers, of .* ago\.$/)
    expect(problems).toEqual([])
    await page.close()
  })

  it('draws which dataset is made of which, with how fresh each is, and opens one that is chosen', async () => {
    const facts = [
      syntheticDataset('orders', 10),
      { ...syntheticDataset('monthly_revenue', 9, 9), madeOf: ['orders', 'customers'] },
      syntheticDataset('customers', 10),
      syntheticDataset('visits', 10),
    ]
    for (const width of [1280, 380]) {
      const { page, problems } = await open(facts, { width })
      const graph = page.getByRole('region', { name: 'Which dataset is made of which' })
      expect(await graph.locator('button .name').allTextContents()).toEqual(['customers', 'monthly_revenue', 'orders'])
      expect(await graph.locator('button.failed').textContent()).toMatch(/^monthly_revenuefresh as of .* ago$/)
      const lines = await graph
        .locator('path')
        .evaluateAll((paths) => paths.map(({ dataset }) => `${(dataset as DOMStringMap).from}>${(dataset as DOMStringMap).to}`))
      expect(lines.sort()).toEqual(['customers>monthly_revenue', 'orders>monthly_revenue'])
      await graph.getByRole('button', { name: 'customers' }).click()
      expect(await page.locator('#dataset h2').first().textContent()).toContain('customers')
      expect(await overflow(page)).toBe(0)
      expect(problems).toEqual([])
      await page.close()
    }
  })

  it('says what failed and why, that dataset first', async () => {
    const { page } = await open([syntheticDataset('customers', 10), syntheticDataset('orders', 30, 30)])
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('1 of 2 datasets needs a look.')
    expect(await page.locator('.summary').textContent()).toMatch(/^1 failed, 1 good\. The least fresh is orders, of /)
    const first = page.getByRole('listitem').first()
    expect(await first.textContent()).toContain('QualityGateError: Completeness "customer_id" > 0.95')
    expect(await page.getByRole('heading', { level: 2 }).textContent()).toBe('orders')
    await page.close()
  })

  it('has something to say when nothing is there', async () => {
    const { page, problems } = await open([{ ...syntheticDataset('orders', 0), quarantine: null }])
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('No data has arrived yet.')
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('the page', () => {
  it('asks the network for nothing', async () => {
    const { page, requests } = await open([syntheticDataset('orders', 12)])
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([])
    await page.close()
  })

  it('shows markup in the data as text, wherever it is', async () => {
    const { page, problems } = await open([syntheticDataset('orders', 30, 30)])
    await page.locator('.reason summary').first().click()
    await page
      .getByRole('cell', { name: HOSTILE.slice(0, 20) })
      .first()
      .waitFor()
    await page.locator('.runs button').first().click()
    expect(await page.title()).toBe('orders – Sluice report')
    expect(await page.locator('img').count()).toBe(0)
    expect(problems).toEqual([])
    await page.close()
  })

  it('opens a batch from the grid and closes it, by keyboard alone', async () => {
    const { page } = await open([syntheticDataset('orders', 40)])
    const cells = page.getByRole('grid').getByRole('button')
    await cells.last().focus()
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    expect(await dialog.getByRole('heading', { level: 2 }).textContent()).toMatch(/^orders-20250629T/)
    expect(await dialog.textContent()).toMatch(/rows read.*Curate.*3 min 16 s.*IsUnique "order_id".*\$0\.44/s)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toContain('ingest_date=2025-06-29')
    await page.close()
  })

  it('puts one cell of the grid, not each, into the tab order', async () => {
    const { page } = await open([syntheticDataset('orders', 40)])
    expect(await page.getByRole('grid').locator('button[tabindex="0"]').count()).toBe(1)
    await page.close()
  })

  it('opens at a batch that a link names', async () => {
    const facts = [syntheticDataset('customers', 5), syntheticDataset('orders', 5)]
    const batchId = facts[1]?.batches[2]?.batchId
    const { page } = await open(facts, { place: `#/orders/${batchId}` })
    expect(await page.getByRole('dialog').getByRole('heading', { level: 2 }).textContent()).toBe(batchId)
    await page.close()
  })

  it('finds datasets by a part of a name, after a slash', async () => {
    const { page, problems } = await open([syntheticDataset('customers', 3), syntheticDataset('orders', 3)])
    await page.keyboard.press('/')
    await page.keyboard.type('CUST')
    await page.getByText('1 of 2 datasets').waitFor()
    expect(await page.locator('.dataset .name').allTextContents()).toEqual(['customers'])
    expect(problems).toEqual([])
    await page.close()
  })

  it('shows the values of a bar beside the pointer', async () => {
    const { page, problems } = await open([syntheticDataset('orders', 10)])
    await page.locator('.plot .u-over').first().hover()
    const tip = page.locator('.tip').first()
    await tip.waitFor({ state: 'visible' })
    expect(await tip.textContent()).toMatch(/^2025-06-\d\d 11:00.*Quarantined: \d+.*Written: [\d,]+/)
    expect(problems).toEqual([])
    await page.close()
  })

  it('shows what a rule observed against its limit, and the column that a reason is about first', async () => {
    const { page } = await open([syntheticDataset('orders', 30, 30)])
    const line = page.getByRole('listitem').filter({ hasText: 'Completeness' }).locator('.observed')
    expect(await line.textContent()).toContain('last 93%, limit 95%')
    await page.locator('.reason summary', { hasText: 'negative_amount' }).click()
    expect(await page.locator('.examples th').first().textContent()).toBe('amount')
    await page.close()
  })

  it('shows the columns of the table and what they are made of', async () => {
    const { page } = await open([syntheticDataset('orders', 2)])
    const rows = page.getByRole('region', { name: 'Columns of the table' }).getByRole('row')
    expect(await rows.nth(1).textContent()).toBe('order_idstringOrder IDkey')
    expect(await rows.nth(2).textContent()).toContain('by its expressionto_date(at)')
    await page.close()
  })

  it('shows the profile of the last batch, what is different in it, and no value of a sensitive column', async () => {
    const { page } = await open([syntheticDataset('orders', 5)])
    const rows = page.getByRole('region', { name: 'Profile by column' }).getByRole('row')
    expect(await rows.nth(2).textContent()).toContain('NULLs 0% → 8%')
    expect(await rows.nth(3).locator('svg.histogram rect').count()).toBe(5)
    expect(await rows.nth(3).locator('svg.histogram path').count()).toBe(1)
    expect(await rows.nth(4).textContent()).toContain('sensitive: no value is shown')
    const preview = page.getByRole('region', { name: 'Rows of orders' }).getByRole('row')
    expect(await preview.nth(2).textContent()).toBe('A-2NULLgrüße')
    await page.close()
  })

  it('tells why a table has no profile, or no rows to look at', async () => {
    const facts = syntheticDataset('revenue', 2)
    const batches = facts.batches.map((batch) => ({
      ...batch,
      source: 'gold' as const,
      manifest: batch.manifest && { ...batch.manifest, profile: undefined },
    }))
    const preview = { columns: [], rows: [], why: 'On AWS the report reads no rows of an Iceberg table.' }
    const { page } = await open([{ ...facts, batches, preview }])
    const card = (name: string) => page.getByRole('region', { name, exact: true }).textContent()
    expect(await card('Profile')).toMatch(/computes only the rows that a change of its sources reaches/)
    expect(await card('Rows of the table')).toContain(preview.why)
    await page.close()
  })

  it('shows extracts with their window, rows and cost, and why one failed', async () => {
    const { page } = await open([syntheticDataset('orders', 2)])
    const rows = page.getByRole('region', { name: 'Extracts of the database' }).getByRole('row')
    expect(await rows.nth(1).textContent()).toBe('2025-06-30 12:00✓ Landed2025-06-29 to 2025-06-304201 min 1 s$0.03')
    expect(await rows.nth(2).textContent()).toContain(HOSTILE)
    await page.close()
  })

  it('filters the runs and shows them a page at a time', async () => {
    const { page } = await open([syntheticDataset('orders', 60, 20)])
    const rows = page.getByRole('table', { name: 'Batches of orders' }).getByRole('row')
    expect(await rows.count()).toBe(26)
    await page.getByRole('button', { name: 'Show 25 more' }).click()
    expect(await rows.count()).toBe(51)
    await page.getByRole('combobox', { name: 'Show' }).selectOption('failed')
    expect(await rows.count()).toBe(4)
    await page.close()
  })

  it('names every control, picture and table', async () => {
    const { page } = await open([syntheticDataset('orders', 40, 20)])
    await page.locator('.reason summary').first().click()
    const nameless = await page.$$eval('button, select, [role=img], [role=grid], [role=region], .runs', (elements) =>
      elements
        .filter((each) => !each.getAttribute('aria-label') && !each.textContent?.trim() && !each.querySelector('caption'))
        .map((each) => each.outerHTML),
    )
    expect(nameless).toEqual([])
    const levels = await page.$$eval('h1, h2, h3, h4', (heads) => heads.map(({ tagName }) => Number(tagName[1])))
    expect(levels.filter((level, place) => place > 0 && level > (levels[place - 1] ?? 0) + 1)).toEqual([])
    await page.close()
  })

  it.each([
    [1280, false],
    [390, true],
  ])('fits a window of %i pixels', async (width, dark) => {
    const { page, problems } = await open([syntheticDataset('orders', 100, 60)], { width, dark })
    expect(await overflow(page)).toBe(0)
    await page.locator('.runs button').first().click()
    expect(await overflow(page)).toBe(0)
    expect(problems).toEqual([])
    await page.close()
  })

  it('is readable in light and in dark', async () => {
    for (const dark of [false, true]) {
      const { page } = await open([syntheticDataset('orders', 30, 30)], { dark })
      expect(await page.evaluate(poorContrasts)).toEqual([])
      await page.close()
    }
  })

  it('opens 5,000 batches in under 2 seconds, drawing only what can be seen of them', async () => {
    const { page, problems } = await open([syntheticDataset('orders', 5000, 97)])
    const opened = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now())
    expect(opened).toBeLessThan(2000)
    expect(problems).toEqual([])
    expect(await page.locator('.uplot').count()).toBe(2)
    expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(5000)
    expect(await page.getByRole('button', { name: 'Show all 5,000 partitions' }).count()).toBe(1)
    await page.close()
  })
})

describe('the live page', () => {
  it('grows older with the time, without being drawn again', async () => {
    const facts = [syntheticDataset('orders', 3)]
    const { url, server } = await serveReport(async () => buildModel(facts, { kind: 'laptop', name: 'sluice up' }, NOW))
    const { page } = await newPage()
    await page.clock.install({ time: NOW })
    await page.goto(url)
    const fact = await page.getByText('fresh as of').elementHandle()
    expect(await fact?.textContent()).toBe('fresh as of 54 min ago')
    await page.clock.runFor(10 * 60_000)
    expect(await fact?.textContent()).toBe('fresh as of 1 h 4 min ago')
    await page.close()
    server.close()
  })

  it('draws what is new and keeps what was opened', async () => {
    let facts = [syntheticDataset('orders', 20)]
    const { url, server } = await serveReport(async () => buildModel(facts, { kind: 'laptop', name: 'sluice up' }, NOW))
    const { page, problems } = await newPage()
    await page.goto(url)
    await page.locator('.reason summary').first().click()
    facts = [syntheticDataset('orders', 21)]
    await page.getByText('21 of 21 batches').waitFor({ timeout: 15_000 })
    expect(await page.locator('.reason').first().getAttribute('open')).not.toBeNull()
    expect(problems).toEqual([])
    server.closeAllConnections()
    server.close()
    await page.getByText('connection lost').waitFor({ timeout: 15_000 })
    await page.close()
  })

  it('answers only to this machine, and only to looks', async () => {
    const { url, server } = await serveReport(async () => buildModel([], { kind: 'laptop', name: 'sluice up' }, NOW))
    const { page } = await newPage()
    const statusOf = async (path: string, options = {}) => (await page.request.fetch(new URL(path, url).href, options)).status()
    expect(await statusOf('')).toBe(200)
    expect(await statusOf('', { headers: { host: 'evil.example:80' } })).toBe(403)
    expect(await statusOf('', { headers: { origin: 'http://evil.example' } })).toBe(403)
    expect(await statusOf('', { headers: { 'sec-fetch-site': 'same-site' } })).toBe(403)
    expect(await statusOf('', { method: 'POST' })).toBe(405)
    expect(await statusOf('etc/passwd')).toBe(404)
    for (const path of ['/', '/changes', '/0123456789abcdef0123456789abcdef/']) expect(await statusOf(path)).toBe(403)
    await page.close()
    server.close()
  })
})

/** Texts below 4.5 to 1 against the nearest ground behind them. Runs in the page. */
function poorContrasts(): string[] {
  const channels = (text: string) => (text.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (text: string) => {
    const [red = 0, green = 0, blue = 0] = channels(text).map((value) =>
      value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const groundOf = (element: Element | null): string => {
    if (!element) return getComputedStyle(document.body).backgroundColor
    const ground = getComputedStyle(element).backgroundColor
    return (channels(ground)[3] ?? 1) === 0 ? groundOf(element.parentElement) : ground
  }
  return [...document.querySelectorAll('h1, h2, h3, p, span, dt, code, th, td, li, button')]
    .filter(
      (each) =>
        [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()) &&
        each.closest('[aria-hidden], .unseen') === null,
    )
    .filter((each) => {
      const [some = 0, other = 0] = [luminance(getComputedStyle(each).color), luminance(groundOf(each))].sort((left, right) => right - left)
      return (some + 0.05) / (other + 0.05) < 4.5
    })
    .map((each) => `${each.className} ${each.textContent}`)
}
