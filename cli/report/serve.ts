import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { isLoopback, listen } from '../../laptop/loopback.ts'
import { changeLog } from './model/change-log.ts'
import type { ReportChange, ReportModel } from './model/model.ts'
import { renderPage } from './page.ts'

const LOOK_EVERY_MS = 2000

export interface ServeOptions {
  /** This and no other. */
  port?: number
  /** When it is free, else any. */
  preferred?: number
  lookEveryMs?: number
  /** The end of the address; a new one, unless a page that is open is to find it again. */
  token?: string
}

/**
 * Serves the page at an address with a secret token, and sends changes to open pages. Reads nothing while no page is open;
 * however many are, one look serves all. A dataset that is the same object as at the last look has not changed.
 */
export async function serveReport(
  readModel: () => Promise<ReportModel>,
  { port, preferred = 0, lookEveryMs = LOOK_EVERY_MS, token = newPageToken() }: ServeOptions = {},
): Promise<{ url: string; server: Server }> {
  const changes = changeLog()
  /** Each open page's connection, with the last version that it got. */
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
    const answer = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store', ...SAFE }).end(body)
    try {
      const refusal = refusalOf(request, (server.address() as AddressInfo).port)
      if (refusal) return answer(refusal.status, 'text/plain', refusal.why)
      const { pathname, searchParams } = new URL(request.url as string, 'http://localhost')
      const [, given = '', page, ...rest] = pathname.split('/')
      if (!isSame(given, token)) return answer(403, 'text/plain', 'open the complete address that the command printed')
      if (page === '' && rest.length === 0) {
        const model = await read()
        return answer(200, 'text/html', await renderPage(model, changes.version))
      }
      if (page !== 'changes' || rest.length > 0) return answer(404, 'text/plain', 'no such page')
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', ...SAFE })
      response.once('close', () => watchers.delete(response))
      // A page that lost the connection sends the last version that it got.
      tell(response, changes.since(String(request.headers['last-event-id'] ?? searchParams.get('since') ?? '')))
      watchers.set(response, changes.version)
      void look()
    } catch (error) {
      return answer(503, 'text/plain', `the report cannot be read now: ${error instanceof Error ? error.message : String(error)}`)
    }
  })
  await listen(server, { port, preferred })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${token}/`, server }
}

/** Of the page's address: other users of this machine, and pages that find the port, do not know it. */
export const newPageToken = () => randomBytes(16).toString('hex')

function isSame(given: string, token: string): boolean {
  return given.length === token.length && timingSafeEqual(Buffer.from(given), Buffer.from(token))
}

/** Only looks of the page itself, or of a person who opens its address, are answered. */
function refusalOf({ headers, method, url = '' }: IncomingMessage, port: number): { status: number; why: string } | undefined {
  if (!isLoopback(headers.host, port)) return { status: 403, why: 'this address is for localhost' }
  const { origin, 'sec-fetch-site': site } = headers
  const isOwn = origin === undefined || (URL.canParse(origin) && origin.startsWith('http://') && isLoopback(new URL(origin).host, port))
  if (!isOwn || (site !== undefined && site !== 'same-origin' && site !== 'none'))
    return { status: 403, why: 'the request comes from another site' }
  if (method !== 'GET') return { status: 405, why: 'only GET' }
  if (!/^\/[\x21-\x7e]*$/.test(url) || !URL.canParse(url, 'http://localhost')) return { status: 400, why: 'the address cannot be parsed' }
  return undefined
}

const SAFE = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
}

function tell(watcher: ServerResponse, change: ReportChange | { unreadable: string }): void {
  const id = 'version' in change ? `id: ${change.version}\n` : ''
  watcher.write(`${id}data: ${JSON.stringify(change)}\n\n`)
}
