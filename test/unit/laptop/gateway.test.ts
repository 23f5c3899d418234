import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GetCrawlerCommand } from '@aws-sdk/client-glue'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { AwsError } from '../../../laptop/aws/aws-error.ts'
import { createClients } from '../../../laptop/aws/clients.ts'
import { type Gateway, startGateway } from '../../../laptop/aws/gateway.ts'
import { jsonService } from '../../../laptop/aws/json-service.ts'

let behind: Server
let gateway: Gateway
let clients: ReturnType<typeof createClients>
let seen: { method?: string; url?: string; bytes: number }[]

beforeAll(async () => {
  behind = createServer((message, response) => {
    let bytes = 0
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    message.on('end', () => {
      seen.push({ method: message.method ?? '', url: message.url ?? '', bytes })
      response.end('from behind')
    })
  })
  await new Promise<void>((resolve) => behind.listen(0, '127.0.0.1', resolve))
  gateway = await startGateway({ port: (behind.address() as AddressInfo).port, secret: 'of this start' })
  clients = createClients(gateway.endpoint, 'some-role')
  const started = new Date(1_700_000_000_000)
  gateway.mount(
    'glue',
    jsonService({
      async GetCrawler({ Name }: { Name: string }) {
        if (Name === 'none') throw new AwsError('EntityNotFoundException', 'no such crawler')
        return { Crawler: { Name, LastCrawl: { StartTime: started } } }
      },
    }),
  )
})
beforeEach(() => {
  seen = []
  gateway.guard(async () => ({}))
})
afterAll(async () => {
  clients.destroy()
  await gateway.close()
  behind.close()
})

it('answers an operation that is mounted, with dates as the protocol has them', async () => {
  const { Crawler } = await clients.glue.send(new GetCrawlerCommand({ Name: 'c' }))
  expect(Crawler?.LastCrawl?.StartTime?.getTime()).toBe(1_700_000_000_000)
  expect(seen).toEqual([])
})

it('gives a service error its name', async () => {
  await expect(clients.glue.send(new GetCrawlerCommand({ Name: 'none' }))).rejects.toMatchObject({ name: 'EntityNotFoundException' })
})

it('sends everything else on, large bodies and odd keys included', async () => {
  await clients.s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'a b/ü+%=.csv', Body: Buffer.alloc(5_000_000) }))
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'x' }))
  expect(await Body?.transformToString()).toBe('from behind')
  expect(seen[0]).toMatchObject({ method: 'PUT', bytes: 5_000_000 })
  expect(decodeURIComponent((seen[0]?.url ?? '').split('?')[0] ?? '')).toBe('/b/a b/ü+%=.csv')
})

it('lets a guard refuse a caller before anything is done', async () => {
  gateway.guard(async ({ accessKeyId, service }) => {
    throw new AwsError('AccessDeniedException', `${accessKeyId} may not call ${service}`, 403)
  })
  await expect(clients.glue.send(new GetCrawlerCommand({ Name: 'c' }))).rejects.toThrow('some-role may not call glue')
  expect(seen).toEqual([])
})
