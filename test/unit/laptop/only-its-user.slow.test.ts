import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clients, createClients } from '../../../laptop/aws/clients.ts'
import { type Gateway, startGateway } from '../../../laptop/aws/gateway.ts'
import { jsonService } from '../../../laptop/aws/json-service.ts'
import { type MotoServer, startMoto } from '../../../laptop/aws/moto.ts'
import { createAccessKeys } from '../../../laptop/iam/access-keys.ts'
import { createGuard } from '../../../laptop/iam/guard.ts'
import { createFunctionHost } from '../../../laptop/lambda/function-host.ts'
import { lambdaService } from '../../../laptop/lambda/lambda-service.ts'
import { get, rawRequest, statusOf } from './raw-request.ts'

const keys = createAccessKeys()
let moto: MotoServer
let gateway: Gateway
let owner: Clients
let port: number

beforeAll(async () => {
  moto = await startMoto()
  gateway = await startGateway(moto)
  port = Number(new URL(gateway.endpoint).port)
  gateway.guard(createGuard(keys).check)
  gateway.mount('glue', jsonService({ GetCrawler: async ({ Name }: { Name: string }) => ({ Crawler: { Name: Name.trim() } }) }))
  const host = { packageFolder: '.', workFolder: '.', endpoint: gateway.endpoint, accessKeyOf: keys.of }
  gateway.mount('lambda', lambdaService(createFunctionHost(host)))
  owner = createClients(gateway.endpoint, keys.owner)
  await owner.s3.send(new CreateBucketCommand({ Bucket: 'artifacts' }))
  await owner.s3.send(new PutObjectCommand({ Bucket: 'artifacts', Key: 'curate.py', Body: 'print("ours")' }))
}, 120_000)
afterAll(async () => {
  owner?.destroy()
  await gateway?.close()
  await moto?.stop()
})

const script = async () => (await owner.s3.send(new GetObjectCommand({ Bucket: 'artifacts', Key: 'curate.py' }))).Body?.transformToString()
const signed = (service = 's3', key = keys.owner) =>
  `AWS4-HMAC-SHA256 Credential=${key}/20250101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`
const own = (more: Record<string, string> = {}) => ({ Host: `127.0.0.1:${port}`, Authorization: signed(), ...more })

/** What a form of any web page can send: a file for a bucket, without a signature. */
function formPost(headers: Record<string, string>): string {
  const parts = ['key\r\n\r\ncurate.py', 'file; filename="x"\r\n\r\nprint("theirs")'].map((part) => {
    const [name, ...rest] = part.split(/(?=;|\r)/)
    return `--b\r\nContent-Disposition: form-data; name="${name}"${rest.join('')}\r\n`
  })
  const body = `${parts.join('')}--b--\r\n`
  return (
    get('/artifacts', { ...headers, 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': `${body.length}` }, 'POST') + body
  )
}

describe('the gateway', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST'])('answers the owner at %s', async (name) => {
    expect(statusOf(await rawRequest(port, get('/', own({ Host: `${name}:${port}` }))))).toBe(200)
  })

  it.each([
    ['of a page of another site', { Origin: 'http://evil.example' }],
    ['of a page that hides where it comes from', { Origin: 'null' }],
    ['of a page that this very address has served', { Origin: 'http://127.0.0.1' }],
    ['of an image in a page', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }],
    ['of a person who types the address into a browser', { 'Sec-Fetch-Site': 'none' }],
    ['under a name that points to this machine', { Host: 'evil.example' }],
    ['under such a name with the right port', { Host: `evil.example:${0}` }],
    ['for another port', { Host: '127.0.0.1:1' }],
    ['under a name that begins like this machine', { Host: '127.0.0.1.evil.example' }],
  ])('refuses a request %s, signed or not', async (_what, headers) => {
    const told = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace(':0', `:${port}`)]))
    const answer = await rawRequest(port, get('/', own(told)))
    expect([statusOf(answer), answer.toLowerCase().includes('access-control')]).toEqual([403, false])
    expect(statusOf(await rawRequest(port, formPost({ Host: `127.0.0.1:${port}`, ...told })))).toBe(403)
    expect(statusOf(await rawRequest(port, get('/', { ...own(), ...told }, 'OPTIONS')))).toBe(403)
    expect(await script()).toBe('print("ours")')
  })

  it('refuses what has no signature or a key that is not of this start', async () => {
    expect(statusOf(await rawRequest(port, formPost({ Host: `127.0.0.1:${port}` })))).toBe(403)
    expect(statusOf(await rawRequest(port, get('/moto-api/reset', { Host: `127.0.0.1:${port}`, 'Content-Length': '0' }, 'POST')))).toBe(403)
    const stranger = createAccessKeys().owner
    expect(await rawRequest(port, get('/', own({ Authorization: signed('s3', stranger) })))).toMatch(/ 403 [^]*InvalidAccessKeyId/)
    expect(await script()).toBe('print("ours")')
  })

  it.each<[string, string | Buffer]>([
    ['an escape that is cut off', '/artifacts/%'],
    ['an escape of no character', '/artifacts/%E0%A4'],
    ['an address without a path', '//'],
    ['an address with a port that is none', '//a:b/?X-Amz-Credential=x'],
    ['a whole address', 'http://evil.example/'],
    ['no address', '*'],
    ['bytes outside ASCII', Buffer.from('/artifacts/\xff\xfe', 'latin1')],
    ['a long address', `/${'a'.repeat(70_000)}`],
  ])('answers %s with an error, and goes on', async (_what, path) => {
    const headers = get('', own()).slice('GET '.length)
    const status = statusOf(await rawRequest(port, Buffer.concat([Buffer.from('GET '), Buffer.from(path as string), Buffer.from(headers)])))
    expect(status === 400 || status === 431).toBe(true)
    expect(await script()).toBe('print("ours")')
  })

  it.each([
    ['no HTTP', '\0\x01\x02\r\n\r\n'],
    ['an unknown method', 'FOO / HTTP/1.1\r\n\r\n'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two lengths', get('/', own({ 'Content-Length': '1', 'Transfer-Encoding': 'chunked' }), 'POST')],
    ['a chunk of no length', `${get('/', own({ 'Transfer-Encoding': 'chunked' }), 'POST')}zz\r\n`],
    ['a tunnel', get('evil.example:443', own(), 'CONNECT')],
    ['a header with a zero', get('/', own({ 'X-A': 'a\0b' }))],
  ])('answers %s with 400 or not at all, and goes on', async (_what, bytes) => {
    expect([0, 400, 403]).toContain(statusOf(await rawRequest(port, bytes)))
    expect(await script()).toBe('print("ours")')
  })

  it.each([
    ['glue', 'AWSGlue.GetCrawler', '{'],
    ['glue', 'AWSGlue.GetCrawler', 'null'],
    ['glue', 'AWSGlue.GetCrawler', '[1]'],
    ['lambda', '', '{'],
  ])('answers a body that is no JSON with 400: %s %s %s', async (service, target, body) => {
    const path = service === 'lambda' ? '/2015-03-31/functions/f/invocations' : '/'
    const headers = own({ Authorization: signed(service), 'X-Amz-Target': target, 'Content-Length': `${body.length}` })
    expect([400, 404]).toContain(statusOf(await rawRequest(port, get(path, headers, 'POST') + body)))
  })

  it('goes on when a body breaks off', async () => {
    for (const service of ['glue', 's3', 'dynamodb']) {
      const headers = own({ Authorization: signed(service), 'X-Amz-Target': 'AWSGlue.GetCrawler', 'Content-Length': '100' })
      await rawRequest(port, `${get('/artifacts/part', headers, 'PUT')}{"half"`, { thenCloses: true })
    }
    expect(await script()).toBe('print("ours")')
  })
})

describe('moto', () => {
  it('answers the gateway alone, at whatever path, and allows no page anything', async () => {
    const direct = (path: string, method: string, more = {}) =>
      rawRequest(
        moto.port,
        get(path, { Host: `127.0.0.1:${moto.port}`, 'Content-Length': '0', Origin: 'http://evil.example', ...more }, method),
      )
    for (const [path, method] of [
      ['/', 'GET'],
      ['/artifacts/curate.py', 'GET'],
      ['/artifacts/curate.py', 'DELETE'],
      ['/moto-api/reset', 'POST'],
      ['/moto-api/data.json', 'GET'],
      ['/', 'OPTIONS'],
    ] as const) {
      const answer = await direct(path, method, { 'X-Sluice-Gateway': '0'.repeat(64) })
      expect([path, method, statusOf(answer), answer.toLowerCase().includes('access-control')]).toEqual([path, method, 403, false])
    }
    expect((await owner.s3.send(new ListBucketsCommand({}))).Buckets).toHaveLength(1)
    expect(await script()).toBe('print("ours")')
  })

  it('does not listen beyond this machine', async () => {
    const outer = Object.values(networkInterfaces())
      .flat()
      .find((each) => each && !each.internal && each.family === 'IPv4')
    for (const taken of [moto.port, port]) {
      // An address that it has not taken can be taken.
      const server = createServer()
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(taken, outer?.address ?? '127.0.0.2', resolve))
      server.close()
    }
  })
})
