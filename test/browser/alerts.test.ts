import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildModel } from '../../cli/report/model/build-model.ts'
import { renderPage } from '../../cli/report/page.ts'
import { compose } from '../../functions/domain/alert/compose.ts'
import { alertMessage } from '../../functions/domain/alert/message.ts'
import { launchChromium } from './chromium.ts'
import { NOW, syntheticDataset } from './synthetic-facts.ts'

const SOURCE = { kind: 'laptop', name: 'sluice up', target: { stage: 'dev', local: true } } as const
let browser: Browser
let folder: string

beforeAll(async () => {
  browser = await launchChromium()
  folder = mkdtempSync(join(tmpdir(), 'sluice-alerts-'))
}, 300_000)
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Orders, whose last batch failed its quality rules, with the alert of it as it was published. */
async function open(place = '') {
  const facts = [syntheticDataset('customers', 5), syntheticDataset('orders', 6, 6)]
  const last = facts[1]?.batches.at(-1)
  if (!last?.manifest || !last.quality) throw new Error('the last batch has a manifest and a judgement')
  const { batchId, manifest, quality } = last
  const alert = compose('quality-gate', {
    dataset: 'orders',
    target: SOURCE.target,
    batch: { batchId, execution: { id: 'arn:aws:states:us-east-1:123456789012:execution:sluice-dev-ingest:x' } },
    manifest,
    quality,
    failure: { Error: 'QualityGateError', Cause: 'Completeness "customer_id" > 0.95: value 0.93' },
  })
  const { json } = alertMessage(alert, { begins: 'quality-gate' })
  const model = buildModel(facts, SOURCE, NOW, [{ at: '2025-06-30T11:05:00.000Z', alert: json }])
  const file = join(folder, 'report.html')
  writeFileSync(file, await renderPage(model))
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  await page.goto(pathToFileURL(file).href + place)
  await page.locator('html[data-ready]').waitFor()
  return { page, batchId }
}

describe('alerts in the report', () => {
  it('lead from the overview to reason, rows and command with one click', async () => {
    const { page, batchId } = await open()
    await page.getByRole('region', { name: 'Alerts' }).getByRole('button').first().click()
    const panel = page.getByRole('dialog')
    const text = await panel.textContent()
    expect(text).toContain('1 of 4 quality rules did not pass')
    expect(text).toContain('Value: 0.93 does not meet the constraint requirement!')
    expect(text).toContain('Correct the rules or the files, then redrive the batch.')
    expect(text).toContain(`npx --no-install sluice redrive ${batchId} --local`)
    expect(text).toMatch(/[\d,]+ rows read/)
    await page.close()
  })

  it('are one click away from the batch that failed, and the batch from them', async () => {
    const { page, batchId } = await open()
    await page.getByRole('listitem').filter({ hasText: 'orders' }).first().getByRole('button').click()
    await page
      .getByRole('grid')
      .getByRole('button', { name: /: failed/ })
      .click()
    const panel = page.getByRole('dialog')
    await panel.getByRole('button', { name: /quality-gate/ }).click()
    await panel.getByText('What to do').waitFor()
    await panel.getByRole('button', { name: `Batch ${batchId}` }).click()
    expect(await panel.getByRole('heading', { level: 2 }).textContent()).toBe(batchId)
    await page.close()
  })

  it('have addresses that open them, in the dataset that they are about', async () => {
    const { page } = await open('#/orders/alerts/20250630110500000')
    expect(await page.getByRole('dialog').textContent()).toContain('What to do')
    expect(await page.title()).toBe('orders – Sluice report')
    await page.close()
  })
})

describe('a link to what the report does not have', () => {
  it.each([
    ['#/invoices', 'This report has no dataset of this name'],
    ['#/orders/orders-20200101T000000Z-00000000', 'This report does not have this batch'],
    ['#/orders/alerts/1', 'This report does not have this alert'],
  ])('%s: the page has no other in its place', async (place, sentence) => {
    const { page } = await open(place)
    await page.getByText(sentence).waitFor()
    expect(page.url()).toContain(place)
    await page.close()
  })
})
