import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { topicLag } from '../../../cli/batches/topic-lag.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { type Clients, createClients } from '../../../laptop/aws/clients.ts'
import { type Gateway, startGateway } from '../../../laptop/aws/gateway.ts'
import { type MotoServer, startMoto } from '../../../laptop/aws/moto.ts'
import { createAccessKeys } from '../../../laptop/iam/access-keys.ts'
import { createGuard } from '../../../laptop/iam/guard.ts'
import { createFunctionHost } from '../../../laptop/lambda/function-host.ts'
import { lambdaService } from '../../../laptop/lambda/lambda-service.ts'
import { createMappingStates } from '../../../laptop/lambda/mapping-states.ts'
import type { Laptop } from '../../../laptop/pipeline/laptop.ts'
import { putLag, startTopics } from '../../../laptop/pipeline/sources/topics.ts'

const keys = createAccessKeys()
const mappingStates = createMappingStates()
let moto: MotoServer
let gateway: Gateway
let clients: Clients

beforeAll(async () => {
  moto = await startMoto()
  gateway = await startGateway(moto)
  gateway.guard(createGuard(keys).check)
  const host = createFunctionHost({ packageFolder: '.', workFolder: '.', endpoint: gateway.endpoint, accessKeyOf: keys.of })
  gateway.mount('lambda', lambdaService(host, mappingStates))
  clients = createClients(gateway.endpoint, keys.owner)
}, 120_000)
afterAll(async () => {
  clients?.destroy()
  await gateway?.close()
  await moto?.stop()
})

const parsed = parseContract(
  'dataset: clicks\nowner: a@example.com\nsource: { kafka: { connection: events, topic: clicks } }\ncolumns: { id: string }\nprimary_key: [id]\n',
  'clicks.yml',
)
const raw = { async *list() {} } as never
const functionName = 'sluice-dev-land_clicks'
const lag = () => {
  if (!parsed.ok) throw new Error('the contract is bad')
  return topicLag(parsed.contract, raw, { prefix: 'sluice-dev', now: new Date(), clients })
}

it('status finds the lag and the trouble of a topic where the laptop leaves them', async () => {
  mappingStates.set(functionName, { topic: 'clicks' })
  expect(await lag()).toEqual({ stream: 'clicks', shards: [], waitingRecords: null })
  const mapping = { functionName, servers: ['127.0.0.1:1'], topic: 'clicks', batchSize: 1, windowSeconds: 0 }
  const functions = { environmentOf: () => ({ STREAM_DATASET: 'clicks' }) }
  const told: unknown[] = []
  const running = startTopics(
    { clients, mappingStates, functions, topicMappings: [mapping] } as unknown as Laptop,
    async () => ({ payload: '' }),
    {
      stateFolder: undefined,
      onTrouble: (...each) => told.push(each),
    },
  )
  while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
  await running.stop()
  const trouble = 'the brokers at 127.0.0.1:1 do not answer, so topic clicks cannot be read'
  expect(told).toEqual([['clicks', trouble]])
  expect(await lag()).toMatchObject({ problem: `topic clicks cannot be read: ${trouble}` })
})

it('status finds the lag that was measured last', async () => {
  mappingStates.set(functionName, { topic: 'clicks' })
  await putLag(clients, functionName)(7n)
  expect(await lag()).toEqual({ stream: 'clicks', shards: [], waitingRecords: 7 })
}, 30_000)

it('a lag is put when it changes, and again in the next minute, of which it is the highest then', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-01T10:30:10Z') })
  const values: number[] = []
  const send = async ({ input }: { input: { MetricData: { Value: number }[] } }) => values.push(input.MetricData[0]?.Value as number)
  const put = putLag({ cloudwatch: { send } } as never, functionName)
  for (const lag of [3n, 0n, 0n, undefined]) await put(lag)
  vi.setSystemTime(new Date('2026-03-01T10:31:10Z'))
  for (const lag of [0n, 0n]) await put(lag)
  vi.useRealTimers()
  expect(values).toEqual([3, 0, 0])
})
