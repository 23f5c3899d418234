import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { buildPages } from '../../cli/docs/model.ts'
import { renderSite } from '../../cli/docs/pages.ts'
import { parseContracts } from '../../functions/domain/contract/folder.ts'
import { CUSTOMERS, ORDERS, REVENUE, YEARLY } from '../unit/gold/contracts.ts'
import { launchChromium } from './chromium.ts'

const HOSTILE = '<img src=x onerror="document.title=1">'
let browser: Browser
let page: Page
let folder: string
let problems: string[]

beforeAll(async () => {
  const texts = {
    orders: `${ORDERS}description: '${HOSTILE}'\nforeign_keys: { customer_id: { in: customers.customer_id } }\n`,
    customers: CUSTOMERS,
    monthly_revenue: REVENUE,
    yearly_revenue: YEARLY,
  }
  const { files } = parseContracts(Object.entries(texts).map(([name, text]) => ({ file: `${name}.yml`, text })))
  const contracts = files.flatMap(({ contract }) => (contract ? [contract] : []))
  const pages = buildPages(
    {
      contracts,
      derivedTypes: { orders: { of: '', types: { order_date: 'date' } } },
      madeOf: {
        monthly_revenue: { order_month: [['orders', 'order_date']], revenue: [['orders', 'amount']], segment: [['customers', 'segment']] },
        yearly_revenue: { revenue: [['monthly_revenue', 'revenue']] },
      },
    } as Parameters<typeof buildPages>[0],
    new Map([
      ['orders', { publishedAt: '2025-01-31T06:30:00.000Z', isLate: true }],
      ['customers', { publishedAt: null, isLate: false }],
    ]),
  )
  folder = mkdtempSync(join(tmpdir(), 'sluice-docs-'))
  for (const [file, text] of Object.entries(renderSite(pages))) writeFileSync(join(folder, file), text)
  browser = await launchChromium()
}, 300_000)
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1000, height: 800 } })
  problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('request', (request) => request.url().startsWith('file:') || problems.push(request.url()))
  await page.goto(pathToFileURL(join(folder, 'index.html')).href)
  return async () => {
    expect(problems).toEqual([])
    await page.close()
  }
})

it('shows when each dataset was last published, and what is late', async () => {
  expect(await page.locator('tbody tr td:last-child').allTextContents()).toEqual(['not yet', '', '2025-01-31 06:30 UTC late', ''])
  await page.locator('tbody a', { hasText: 'orders' }).click()
  expect(await page.locator('dl').textContent()).toContain('2025-01-31 06:30 UTC')
})

it('shows every dataset with its owner, and draws which is made of which', async () => {
  expect(await page.locator('tbody tr td:first-child').allTextContents()).toEqual([
    'customers',
    'monthly_revenue',
    'orders',
    'yearly_revenue',
  ])
  expect(await page.locator('tbody tr:nth-child(2)').textContent()).toContain('finance@example.com')
  const lines = await page
    .locator('svg path')
    .evaluateAll((paths) => paths.map((path) => `${path.getAttribute('data-from')}>${path.getAttribute('data-to')}`))
  expect(lines.sort()).toEqual(['customers>monthly_revenue', 'monthly_revenue>yearly_revenue', 'orders>monthly_revenue'])
  expect((await page.locator('svg text.fresh').allTextContents()).sort()).toEqual(['2025-01-31 06:30 UTC, late', 'not yet published'])
})

it('follows a column from the year to the files', async () => {
  await page.locator('svg a', { hasText: 'yearly_revenue' }).click()
  await page.locator('#revenue').getByRole('link', { name: 'monthly_revenue.revenue' }).click()
  expect(page.url()).toMatch(/monthly_revenue\.html#revenue$/)
  await page.locator('#revenue').getByRole('link', { name: 'orders.amount' }).click()
  const row = page.locator('#amount')
  expect(await row.locator('td').nth(3).textContent()).toBe('amount')
  expect(await row.locator('td').nth(4).textContent()).toBe('monthly_revenue.revenue')
})

it('has types, keys, foreign keys and the rules of a dataset', async () => {
  await page.goto(pathToFileURL(join(folder, 'orders.html')).href)
  expect(await page.locator('#order_date').textContent()).toMatch(/date.*partition.*to_date\(at\)/)
  expect(await page.locator('#customer_id').textContent()).toContain('refers to customers.customer_id')
  await page.goto(pathToFileURL(join(folder, 'monthly_revenue.html')).href)
  expect(await page.locator('pre').allTextContents()).toEqual([
    expect.stringContaining('RowCount > 0'),
    expect.stringContaining('SELECT trunc'),
  ])
})

it('shows texts of contracts as texts, and fits a narrow window', async () => {
  expect(await page.getByText(HOSTILE).count()).toBe(1)
  expect(await page.title()).toBe('Datasets')
  await page.setViewportSize({ width: 420, height: 800 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
})
