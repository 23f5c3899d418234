import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildModel } from '../../cli/report/model/build-model.ts'
import { serveReport } from '../../cli/report/serve.ts'
import { type Clients, createClients } from '../../laptop/aws/clients.ts'
import { type Gateway, startGateway } from '../../laptop/aws/gateway.ts'
import { type MotoServer, startMoto } from '../../laptop/aws/moto.ts'
import { createAccessKeys } from '../../laptop/iam/access-keys.ts'
import { createGuard } from '../../laptop/iam/guard.ts'
import { launchChromium } from './chromium.ts'
import { NOW, syntheticDataset } from './synthetic-facts.ts'

// What a person's browser does for a page of another site while their pipeline runs. Each attack is also made on a server that lets
// everything in, so that an attack that reaches nothing is seen to be one that was refused.
const keys = createAccessKeys()
let browser: Browser
let page: Page
let moto: MotoServer
let gateway: Gateway
let owner: Clients
let report: Awaited<ReturnType<typeof serveReport>>
let open: Server
let reached: string[] = []
const portOf = (url: string) => Number(new URL(url).port)

beforeAll(async () => {
  open = createServer((request, response) => {
    reached.push(`${request.method} ${request.url}`)
    response.writeHead(200, { 'content-type': 'text/html' }).end('<p>a page of evil.example</p>')
  })
  await new Promise<void>((resolve) => open.listen(0, '127.0.0.1', resolve))
  moto = await startMoto()
  gateway = await startGateway(moto)
  gateway.guard(createGuard(keys).check)
  owner = createClients(gateway.endpoint, keys.owner)
  await owner.s3.send(new CreateBucketCommand({ Bucket: 'artifacts' }))
  await owner.s3.send(new PutObjectCommand({ Bucket: 'artifacts', Key: 'curate.py', Body: 'print("ours")' }))
  const model = buildModel([syntheticDataset('orders', 3)], { kind: 'laptop', name: 'sluice up' }, NOW)
  report = await serveReport(async () => model)
  // The name of a site whose domain server answers with this machine.
  browser = await launchChromium('--host-resolver-rules=MAP evil.example 127.0.0.1')
  page = await browser.newPage()
}, 300_000)
afterAll(async () => {
  await browser?.close()
  for (const server of [report?.server, open]) {
    server?.closeAllConnections()
    server?.close()
  }
  owner?.destroy()
  await gateway?.close()
  await moto?.stop()
})

const portsOf = () => ({ gateway: portOf(gateway.endpoint), moto: moto.port, report: portOf(report.url) })

/** All that a page may send without being asked for permission, and some that it may not; runs in the page. Gives what it could read. */
async function attack(base: string): Promise<string[]> {
  const read: string[] = []
  const send = async (path: string, options: RequestInit) => {
    const answer = await fetch(base + path, options).catch(() => undefined)
    if (answer?.ok) read.push(`${options.method} ${path}: ${(await answer.text()).slice(0, 200)}`)
  }
  const file = new FormData()
  file.append('key', 'curate.py')
  file.append('file', new Blob(['print("theirs")']), 'curate.py')
  for (const mode of ['no-cors', 'cors'] as const) {
    await send('/artifacts', { method: 'POST', body: file, mode })
    await send('/moto-api/reset', { method: 'POST', mode })
    await send('/artifacts/curate.py', { method: 'GET', mode })
    await send('/', { method: 'POST', mode, body: 'Action=ListQueues', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  }
  for (const method of ['PUT', 'DELETE']) await send('/artifacts/curate.py', { method })
  await new Promise<void>((resolve) => {
    const image = new Image()
    image.onload = image.onerror = () => resolve()
    image.src = `${base}/artifacts/curate.py?image`
  })
  await new Promise<void>((resolve) => {
    const events = new EventSource(`${base}/changes`)
    events.onopen = () => read.push('live events')
    events.onmessage = events.onerror = () => {
      events.close()
      resolve()
    }
  })
  return read
}

/** A form that the page sends off by itself, as a person's click would. */
async function submitForm(base: string): Promise<void> {
  await page.evaluate((action) => {
    document.body.innerHTML = `<form method="post" enctype="multipart/form-data" action="${action}/artifacts">
      <input name="key" value="curate.py"><textarea name="file">print("theirs")</textarea></form>`
    document.forms[0]?.submit()
  }, base)
  await page.waitForURL(`${base}/artifacts`)
}

async function nothingHappened(): Promise<void> {
  const { Body } = await owner.s3.send(new GetObjectCommand({ Bucket: 'artifacts', Key: 'curate.py' }))
  expect(await Body?.transformToString()).toBe('print("ours")')
  expect((await owner.s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toEqual(['artifacts'])
}

it('a page of another site reads nothing and changes nothing', async () => {
  const site = `http://127.0.0.1:${(open.address() as AddressInfo).port}`
  for (const [name, port] of Object.entries(portsOf())) {
    await page.goto(`${site}/`)
    expect([name, await page.evaluate(attack, `http://127.0.0.1:${port}`)]).toEqual([name, []])
    await submitForm(`http://127.0.0.1:${port}`)
    await nothingHappened()
  }
  reached = []
  await page.goto(`http://evil.example:${(open.address() as AddressInfo).port}/`)
  await page.evaluate(attack, site)
  await submitForm(site)
  expect(reached).toEqual(expect.arrayContaining(['POST /artifacts', 'POST /moto-api/reset', 'GET /artifacts/curate.py', 'GET /changes']))
})

it('neither does a page whose name comes to point to this machine', async () => {
  for (const [name, port] of Object.entries({ ...portsOf(), open: (open.address() as AddressInfo).port })) {
    const site = `http://evil.example:${port}`
    await page.goto(`${site}/`)
    const read = await page.evaluate(attack, site)
    if (name === 'open') expect(read.length).toBeGreaterThan(5)
    else expect([name, read]).toEqual([name, []])
    await nothingHappened()
  }
})

it('the report opens at its printed address, and nowhere else', async () => {
  const answer = await page.goto(report.url)
  expect(answer?.status()).toBe(200)
  await page.locator('html[data-ready]').waitFor()
  expect((await page.goto(new URL('/', report.url).href))?.status()).toBe(403)
})
