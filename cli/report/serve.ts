import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { changeLog } from './change-log.ts'
import type { ReportChange, ReportModel } from './model.ts'
import { renderPage } from './page.ts'

const LOOK_EVERY_MS = 2000

/**
 * Serves the page to this machine alone, and tells open pages what has changed. While no page is open nothing is looked at;
 * however many are, one look serves all. A dataset that is the same object as at the last look has not changed.
 */
export async function serveReport(
  readModel: () => Promise<ReportModel>,
  { port = 0, lookEveryMs = LOOK_EVERY_MS } = {},
): Promise<{ url: string; server: Server }> {
  const changes = changeLog()
  /** Each open page's connection, with the version that it has been told of. */
  const watchers = new Map<ServerResponse, string>()
  let reading: Promise<ReportModel> | undefined
  const read = () => {
    reading ??= readModel().finally(() => {
      reading = undefined
    })
    return reading.then((model) => changes.note(model))
  }
  function tellAll(isAgainReadable: boolean) {
    for (const [watcher, version] of watchers) {
      if (!isAgainReadable && version === changes.version) continue
      tell(watcher, changes.since(version))
      watchers.set(watcher, changes.version)
    }
  }
  let looking = false
  async function look() {
    if (looking) return
    looking = true
    let troubled = false
    while (watchers.size > 0) {
      try {
        await read()
        tellAll(troubled)
        troubled = false
      } catch (error) {
        troubled = true
        for (const watcher of watchers.keys()) tell(watcher, { unreadable: error instanceof Error ? error.message : String(error) })
      }
      await sleep(lookEveryMs)
    }
    looking = false
  }

  const server = createServer(async (request, response) => {
    const answer = (status: number, type: string, body: string, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store', ...SAFE, ...headers }).end(body)
    try {
      // Another site's page may reach this port by a name of its own: it must not read what lies here.
      if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? ''))
        return answer(403, 'text/plain', 'this address is for localhost')
      if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'only GET', { allow: 'GET, HEAD' })
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
      if (pathname === '/') {
        const model = await read()
        return answer(200, 'text/html', await renderPage(model, changes.version))
      }
      if (pathname !== '/changes') return answer(404, 'text/plain', 'no such page')
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', ...SAFE })
      if (request.method === 'HEAD') return response.end()
      response.once('close', () => watchers.delete(response))
      // A page that lost the connection says what it heard last.
      tell(response, changes.since(String(request.headers['last-event-id'] ?? searchParams.get('since') ?? '')))
      watchers.set(response, changes.version)
      void look()
    } catch (error) {
      return answer(503, 'text/plain', `cannot be read now: ${error instanceof Error ? error.message : String(error)}`)
    }
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server }
}

const SAFE = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'cross-origin-resource-policy': 'same-origin' }

function tell(watcher: ServerResponse, change: ReportChange | { unreadable: string }): void {
  const id = 'version' in change ? `id: ${change.version}\n` : ''
  watcher.write(`${id}data: ${JSON.stringify(change)}\n\n`)
}
