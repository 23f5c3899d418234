import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import type { DatasetFacts } from '../../../../cli/report/facts.ts'
import { modelBuilder } from '../../../../cli/report/model/build-model.ts'
import type { ReportChange } from '../../../../cli/report/model/model.ts'
import { serveReport } from '../../../../cli/report/serve.ts'
import { syntheticDataset } from '../../../browser/synthetic-facts.ts'

const LOOK_EVERY_MS = 20
let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A server over facts that a test changes, with a count of its looks. */
async function serve(facts: { now: DatasetFacts[] }, lookEveryMs = LOOK_EVERY_MS) {
  const build = modelBuilder({ kind: 'laptop', name: 'sluice up' })
  const looks = { count: 0, fails: false }
  const read = async () => {
    looks.count += 1
    if (looks.fails) throw new Error('throttled')
    return build(facts.now, new Date())
  }
  const served = await serveReport(read, { lookEveryMs })
  server = served.server
  const html = await (await fetch(served.url)).text()
  return { url: served.url, looks, version: /data-version="([^"]+)"/.exec(html)?.[1] ?? '' }
}

/** The messages that an open page gets, one at a time. */
async function open(url: string, version: string) {
  const stop = new AbortController()
  const response = await fetch(`${url}changes?since=${version}`, { signal: stop.signal })
  const chunks = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  const next = async () => {
    while (!text.includes('\n\n')) text += decoder.decode((await chunks.read()).value, { stream: true })
    const message = text.slice(0, text.indexOf('\n\n'))
    text = text.slice(message.length + 2)
    return JSON.parse(message.slice(message.indexOf('data: ') + 6)) as ReportChange & { unreadable?: string }
  }
  return { next, close: () => stop.abort() }
}

const names = ({ datasets }: ReportChange) => datasets.map(({ dataset }) => dataset)

it('sends a page the datasets that changed, and no others', async () => {
  const facts = { now: [syntheticDataset('customers', 5), syntheticDataset('orders', 5)] }
  const { url, version } = await serve(facts)
  const page = await open(url, version)
  expect(names(await page.next())).toEqual([])
  facts.now = [facts.now[0] as DatasetFacts, syntheticDataset('orders', 6)]
  const change = await page.next()
  expect([names(change), change.order.sort()]).toEqual([['orders'], ['customers', 'orders']])
  page.close()
})

it('sends a page that was away what it missed, and a page of another server everything', async () => {
  const facts = { now: [syntheticDataset('customers', 5), syntheticDataset('orders', 5)] }
  const { url, version } = await serve(facts)
  facts.now = [facts.now[0] as DatasetFacts, syntheticDataset('orders', 6)]
  const other = await open(url, 'another.7')
  expect(names(await other.next()).sort()).toEqual(['customers', 'orders'])
  await other.next()
  const page = await open(url, version)
  expect(names(await page.next())).toEqual(['orders'])
  for (const each of [other, page]) each.close()
})

it('sends changes to every open page, whichever page caused the look', async () => {
  const facts = { now: [syntheticDataset('orders', 5)] }
  const { url, version } = await serve(facts, 300)
  const page = await open(url, version)
  await page.next()
  await sleep(LOOK_EVERY_MS * 3)
  facts.now = [syntheticDataset('orders', 6)]
  await (await fetch(url)).text()
  expect(names(await page.next())).toEqual(['orders'])
  page.close()
})

it('looks once for all open pages, and never without one', async () => {
  const { url, looks, version } = await serve({ now: [syntheticDataset('orders', 5)] })
  await sleep(LOOK_EVERY_MS * 5)
  expect(looks.count).toBe(1)
  const pages = await Promise.all(Array.from({ length: 10 }, () => open(url, version)))
  const began = performance.now()
  // Opening them takes its time too, in which there are looks.
  const earlier = looks.count
  await sleep(LOOK_EVERY_MS * 10)
  expect(looks.count).toBeGreaterThan(2)
  // A sleep may take longer than asked: so many looks have their time, however many pages are open.
  expect(looks.count - earlier).toBeLessThan((performance.now() - began) / LOOK_EVERY_MS + 5)
  for (const page of pages) page.close()
  await sleep(LOOK_EVERY_MS * 3)
  const before = looks.count
  await sleep(LOOK_EVERY_MS * 5)
  expect(looks.count).toBe(before)
})

it('says that it cannot read, and that it can again', async () => {
  const { url, looks, version } = await serve({ now: [syntheticDataset('orders', 5)] })
  const page = await open(url, version)
  await page.next()
  looks.fails = true
  expect(await page.next()).toEqual({ unreadable: 'throttled' })
  looks.fails = false
  let message = await page.next()
  while (message.unreadable) message = await page.next()
  expect(message).toMatchObject({ version, datasets: [] })
  page.close()
})
