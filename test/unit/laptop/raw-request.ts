import { connect } from 'node:net'

const SILENCE_MS = 1000

/**
 * Sends bytes as they are, and gives all that comes back until the other side closes or falls silent.
 * @param thenCloses this side, before an answer is there
 */
export async function rawRequest(port: number, bytes: string | Buffer, { thenCloses = false } = {}): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    let answer = ''
    const done = () => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(SILENCE_MS, done)
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
    })
    socket.on('error', done).on('close', done)
    socket.write(bytes)
    if (thenCloses) socket.end()
  })
}

export const statusOf = (answer: string) => Number(answer.match(/^HTTP\/1\.1 (\d{3})/)?.[1] ?? 0)

/** A GET with these headers and these alone. */
export const get = (path: string, headers: Record<string, string>, method = 'GET') =>
  `${method} ${path} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}Connection: close\r\n\r\n`
