import { Agent, createServer, request as httpRequest, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listen, refusalOf } from '../loopback.ts'
import { AwsError } from './aws-error.ts'
import { type AwsRequest, bodyThatWasRead, describeRequest } from './aws-request.ts'
import { errorAnswer } from './json-service.ts'
import type { LocalService, ServiceAnswer } from './local-service.ts'
import type { MotoServer } from './moto.ts'

export interface Gateway {
  endpoint: string
  /** By signing name. Mounted late on purpose: services need the endpoint that they are mounted on. */
  mount(service: string, local: LocalService): void
  /** Called for each request before it is answered; throwing refuses it. Until the first one is set everything is refused. */
  guard(check: Check): void
  close(): Promise<void>
}

/** Returns a function that is called when the answer is "not found"; it may refuse that answer too. */
type Check = (request: AwsRequest) => Promise<{ whenMissing?: () => void }>

/**
 * One endpoint for all of AWS: what runs here answers here, all else goes on to moto as a stream. What a web page sends is refused
 * before anything of it is read, and what cannot be parsed is answered with 400.
 * @param options.port this and no other; `preferred` when it is free
 * @throws PortTakenError
 */
export async function startGateway(
  moto: Pick<MotoServer, 'port' | 'secret'>,
  { port, preferred = 0 }: { port?: number; preferred?: number } = {},
): Promise<Gateway> {
  const services = new Map<string, LocalService[]>()
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  let check: Check = async () => {
    throw new AwsError('ServiceUnavailable', 'The laptop is still starting', 503)
  }

  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0, noDelay: true }, async (message, response) => {
    const refusal = refusalOf(message, (server.address() as AddressInfo).port)
    if (refusal) {
      // Plain text for a person: a request with these headers does not come from an SDK.
      const headers = { 'content-type': 'text/plain', 'x-amzn-errortype': 'AccessDenied', connection: 'close' }
      return send(response, { status: 403, headers, body: `${refusal}\n` })
    }
    let request: AwsRequest | undefined
    try {
      request = describeRequest(message)
      const known = request
      const { whenMissing } = await check(known)
      const local = services.get(known.service)?.find((service) => service.claims(known))
      if (local) send(response, await local.answer(known))
      else forward(known, response, { agent, ...moto, ...(whenMissing && { whenMissing }) })
    } catch (error) {
      message.resume()
      if (!response.headersSent) send(response, errorAnswer(error, request?.service))
    }
  })
  await listen(server, { port, preferred })
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mount: (service, local) => void services.set(service, [...(services.get(service) ?? []), local]),
    guard: (next) => void (check = next),
    async close() {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function send(response: ServerResponse, { status, headers, body }: ServiceAnswer) {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function forward(
  { message, service }: AwsRequest,
  response: ServerResponse,
  to: { agent: Agent; port: number; secret: string; whenMissing?: () => void },
) {
  // Node has already answered `Expect: 100-continue`.
  const { expect: _expect, ...headers } = message.headers
  const upstream = httpRequest(
    {
      host: '127.0.0.1',
      port: to.port,
      agent: to.agent,
      method: message.method,
      path: message.url,
      headers: { ...headers, [SECRET_HEADER]: to.secret },
    },
    (answer) => {
      try {
        if (answer.statusCode === 404) to.whenMissing?.()
      } catch (error) {
        answer.resume()
        return send(response, errorAnswer(error, service))
      }
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.on('error', (error) => response.destroy(error)).pipe(response)
    },
  )
  upstream.setNoDelay(true)
  upstream.on('error', (error) => {
    if (response.headersSent) response.destroy(error)
    else send(response, { status: 503, headers: { 'x-amzn-errortype': 'ServiceUnavailable' }, body: error.message })
  })
  response.on('close', () => !response.writableFinished && upstream.destroy())
  const read = bodyThatWasRead(message)
  if (read)
    read.then(
      (body) => upstream.end(body),
      (error) => upstream.destroy(error),
    )
  else message.on('error', (error) => upstream.destroy(error)).pipe(upstream)
}

/** By it moto knows the gateway (laptop/aws/moto_server.py): only what was judged here reaches it. */
const SECRET_HEADER = 'x-sluice-gateway'
