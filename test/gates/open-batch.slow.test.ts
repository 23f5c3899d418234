import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dynamodbLedger } from '../../functions/adapters/ledger/dynamodb/ledger.ts'
import { ledgerTable } from '../../functions/adapters/ledger/dynamodb/table.ts'
import { manifestSchema } from '../../functions/domain/batch/manifest/manifest.ts'
import { closeBatch } from '../../functions/use-cases/intake/close-batch.ts'
import type { Intake } from '../../functions/use-cases/intake/intake.ts'
import { sweep } from '../../functions/use-cases/intake/sweep.ts'
import { redrive } from '../../functions/use-cases/redrive/redrive.ts'
import { root } from '../../setup/places.mjs'
import { calmWorld } from '../unit/intake/calm-world.ts'
import { createLedgerTable } from '../unit/intake/ledgers.ts'
import { type OpenAws, startOpenAws } from '../unit/laptop/open-aws.ts'
import { type MachineJson, withValues } from '../unit/statemachines/definition.ts'
import { ingestWorld } from '../unit/statemachines/world.ts'

// An earlier version has left an open batch. What it wrote is in upgrade/: rows of its ledger, its state machine, what its Prepare Batch had
// made, and its job's manifest. This version's functions finish that batch.

const read = (file: string) => readFileSync(join(root, 'test', 'gates', 'upgrade', file), 'utf8')
const earlier = JSON.parse(read('open-batch.json')) as {
  ledger: Record<string, unknown>[]
  runs: Record<string, string>
  execution: { id: string; name: string; startTime: string; input: Record<string, string> }
  prepared: { batchId: string }
  manifest: unknown
}
const OPEN = earlier.prepared.batchId
const FAILED = String(earlier.ledger.find(({ status }) => status === 'failed')?.sk)

it('a batch that runs under the earlier state machine is published by the functions of this version', async () => {
  const manifest = () => manifestSchema.parse(earlier.manifest)
  const world = ingestWorld({ prepared: earlier.prepared, manifest })
  const result = await world.run(earlier.execution.input, JSON.parse(withValues(read('ingest.asl.json'))) as MachineJson)
  expect(result).toMatchObject({ status: 'SUCCEEDED', output: { batchId: OPEN, published: { files: 1 } } })
  expect(world).toMatchObject({ lease: undefined, alerts: [], queued: [] })
})

it('every function that the earlier state machine calls is still there, and its role may call it', () => {
  const called = [...read('ingest.asl.json').matchAll(/\$\{(\w+)FunctionArn\}/g)].map(([, name]) => name as string)
  expect(called.length).toBeGreaterThan(8)
  const machine = readFileSync(join(root, 'infra', 'machines', 'ingest.yml'), 'utf8')
  for (const name of called) {
    const file = `${name.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase()}.yml`
    expect(readdirSync(join(root, 'infra', 'functions'))).toContain(file)
    expect(machine).toContain(`                  - !GetAtt ${name}LambdaFunction.Arn`)
  }
})

describe('the ledger of an earlier version', () => {
  let server: OpenAws
  let client: DynamoDBClient
  beforeAll(async () => {
    server = await startOpenAws()
    client = new DynamoDBClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
  }, 120_000)
  afterAll(() => server?.stop())

  /** Intake over its rows, in a table of its own, an hour after the last of them was written. */
  async function upgraded(table: string) {
    await createLedgerTable(client, table)
    const documents = DynamoDBDocumentClient.from(client)
    for (const Item of earlier.ledger) await documents.send(new PutCommand({ TableName: table, Item }))
    const calm = calmWorld()
    calm.simulation.now = Date.parse('2025-01-31T14:00:00.000Z')
    const ledger = dynamodbLedger(table, calm.simulation.clock, ledgerTable(table, client))
    const intake: Intake = { ...calm.intake, ...ledger }
    for (const [key, text] of Object.entries(earlier.runs)) await intake.lake.putText(key, text)
    return { ...calm, intake }
  }
  const end = {
    executionArn: earlier.execution.id,
    status: 'SUCCEEDED',
    input: JSON.stringify(earlier.execution.input),
    startedAt: earlier.execution.startTime,
    stoppedAt: '2025-01-31T13:30:00.000Z',
    redrives: 0,
  } as const

  it('is continued: the open batch is closed, what landed meanwhile goes on, the failed batch is run again', async () => {
    const { intake, timers } = await upgraded('continued')
    await closeBatch(end, intake)
    expect(await intake.batches.find('orders', OPEN)).toMatchObject({ status: 'succeeded', objects: 2 })
    expect(await intake.leases.holder('orders')).toBeUndefined()
    const keys = ['a', 'd', 'e', 'f'].map((name) => `raw/orders/month=2025-01/${name}.csv`)
    const statuses = (await intake.landings.find('orders', keys)).map(({ key, status }) => `${key.at(-5)} ${status}`)
    expect(statuses.sort()).toEqual(['a failed', 'd done', 'e done', 'f waiting'])
    expect(await intake.flows.read('orders')).toMatchObject({ phase: 'requested', batches: 3 })
    expect(timers).toMatchObject([{ dataset: 'orders' }])
    expect(await intake.jobTimes.read('orders')).toMatchObject([{ source: 'landings', seconds: 61.5 }])
    const { steps } = await redrive({ dryRun: false }, intake)
    expect(steps).toMatchObject([{ batchId: FAILED, action: 'new-execution' }])
    expect(await intake.alertStates.find('orders', 'quality-gate')).toMatchObject({ firing: true, revision: 0 })
  })

  it('is swept: the end of a batch whose event was lost is found, from where the earlier sweep had come', async () => {
    const { intake, simulation } = await upgraded('swept')
    const ended = { ...end, arn: end.executionArn, name: OPEN, redrivable: false }
    const executions = { ...intake.executions, describe: async (arn: string) => (arn === end.executionArn ? ended : undefined) }
    expect(await sweep({ ...intake, executions }, new Date(simulation.now + 600_000))).toEqual(new Map())
    expect(await intake.batches.find('orders', OPEN)).toMatchObject({ status: 'succeeded' })
    expect(await intake.cursors.read('orders')).toMatchObject({ pages: expect.any(Number), at: expect.any(String) })
  })
})
