import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AwsRequest, bodyThatWasRead, describeRequest } from './aws-request.ts'
import { errorAnswer } from './json-service.ts'

export interface ServiceAnswer {
  status: number
  headers?: Record<string, string>
  body: string | Uint8Array
}

/** A service, or some operations of one, that runs in this process. */
export interface LocalService {
  claims(request: AwsRequest): boolean
  answer(request: AwsRequest): Promise<ServiceAnswer>
}

export interface Gateway {
  endpoint: string
  /** By signing name. Mounted late on purpose: services need the endpoint that they are mounted on. */
  mount(service: string, local: LocalService): void
  /** Called for each request before it is answered; throwing refuses it. */
  guard(check: Check): void
  close(): Promise<void>
}

/** What it gives is called when the answer is that there is no such thing, and may refuse even that. */
type Check = (request: AwsRequest) => Promise<{ whenMissing?: () => void }>

/**
 * One endpoint for all of AWS: what runs here answers here, all else goes on to moto as a stream.
 * @param wantedPort when it is free
 */
export async function startGateway(motoPort: number, wantedPort = 0): Promise<Gateway> {
  const services = new Map<string, LocalService[]>()
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  let check: Check = async () => ({})

  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0, noDelay: true }, async (message, response) => {
    const request = describeRequest(message)
    try {
      const { whenMissing } = await check(request)
      const local = services.get(request.service)?.find((service) => service.claims(request))
      if (local) send(response, await local.answer(request))
      else forward(message, response, { agent, port: motoPort, ...(whenMissing && { whenMissing }) })
    } catch (error) {
      message.resume()
      if (!response.headersSent) send(response, errorAnswer(error, request.service))
    }
  })
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  await listen(wantedPort).catch((error) => (wantedPort === 0 ? Promise.reject(error) : listen(0)))
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

function forward(message: IncomingMessage, response: ServerResponse, to: { agent: Agent; port: number; whenMissing?: () => void }) {
  // Node has already answered `Expect: 100-continue`.
  const { expect: _expect, ...headers } = message.headers
  const upstream = httpRequest(
    { host: '127.0.0.1', port: to.port, agent: to.agent, method: message.method, path: message.url, headers },
    (answer) => {
      try {
        if (answer.statusCode === 404) to.whenMissing?.()
      } catch (error) {
        answer.resume()
        return send(response, errorAnswer(error, describeRequest(message).service))
      }
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    },
  )
  upstream.setNoDelay(true)
  upstream.on('error', (error) => {
    if (response.headersSent) response.destroy(error)
    else send(response, { status: 503, headers: { 'x-amzn-errortype': 'ServiceUnavailable' }, body: error.message })
  })
  response.on('close', () => !response.writableFinished && upstream.destroy())
  const read = bodyThatWasRead(message)
  if (read) void read.then((body) => upstream.end(body))
  else message.pipe(upstream)
}
