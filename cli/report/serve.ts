import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ReportModel } from './model.ts'
import { renderPage } from './page.ts'

const LOOK_EVERY_MS = 2000

/** Serves the page to this machine alone. The page asks for the model again and again; one reading answers all who ask meanwhile. */
export async function serveReport(readModel: () => Promise<ReportModel>, port = 0): Promise<{ url: string; server: Server }> {
  let reading: Promise<ReportModel> | undefined
  const read = () => {
    reading ??= readModel().finally(() => {
      reading = undefined
    })
    return reading
  }
  const server = createServer(async (request, response) => {
    const answer = (status: number, type: string, body: string, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store', ...SAFE, ...headers }).end(body)
    try {
      // Another site's page may reach this port by a name of its own: it must not read what lies here.
      if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? ''))
        return answer(403, 'text/plain', 'this address is for localhost')
      if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'only GET', { allow: 'GET, HEAD' })
      const path = new URL(request.url ?? '/', 'http://localhost').pathname
      if (path === '/') return answer(200, 'text/html', await renderPage(await read(), LOOK_EVERY_MS))
      if (path !== '/model.json') return answer(404, 'text/plain', 'no such page')
      const model = await read()
      const body = JSON.stringify(model)
      // The time of reading changes each time; a page with the same facts has nothing to draw.
      const etag = `"${createHash('sha256').update(JSON.stringify(model.datasets)).digest('base64url')}"`
      if (request.headers['if-none-match'] === etag) return answer(304, 'text/plain', '', { etag })
      return answer(200, 'application/json', body, { etag })
    } catch (error) {
      return answer(503, 'text/plain', `cannot be read now: ${error instanceof Error ? error.message : String(error)}`)
    }
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server }
}

const SAFE = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'cross-origin-resource-policy': 'same-origin' }
