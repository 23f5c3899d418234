import type { IncomingMessage, Server } from 'node:http'

/**
 * Why a request is not one that a program on this machine makes of its own; undefined when it is. A web page of another site can reach a
 * local port too: its browser then names the page (`Origin`, `Sec-Fetch-*`), or the name that its site gave this address (`Host`).
 */
export function refusalOf({ headers }: Pick<IncomingMessage, 'headers'>, port: number): string | undefined {
  const named = Object.keys(headers).find((name) => name === 'origin' || name.startsWith('sec-fetch-'))
  if (named) return `Requests from web pages are refused: this one has the header ${named}`
  return isLoopback(headers.host, port) ? undefined : `Only requests to 127.0.0.1:${port} get an answer`
}

/** Whether the Host header is this machine by its own name, not by a name that a foreign DNS server maps to it. */
export function isLoopback(host: string | undefined, port: number): boolean {
  return host !== undefined && ['127.0.0.1', 'localhost', '[::1]'].some((name) => host.toLowerCase() === `${name}:${port}`)
}

/** Another process listens there. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError'
  constructor(port: number) {
    super(`port ${port} is in use by another process`)
  }
}

/**
 * Takes a port of this machine alone: `port` and no other, or `preferred` when it is free, else any.
 * @throws PortTakenError
 */
export async function listen(server: Server, { port, preferred = 0 }: { port?: number | undefined; preferred?: number }): Promise<void> {
  const wanted = port ?? preferred
  try {
    await listenAt(server, wanted)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    if (port !== undefined) throw new PortTakenError(port)
    await listenAt(server, 0)
  }
}

const listenAt = (server: Server, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
