import { createStepFunctions } from 'asl-jsonata'
import { describe, expect, it } from 'vitest'
import { machineTextWithValues } from './definition.ts'
import { ingestWorld } from './world.ts'

const INPUT = { dataset: 'orders', partitions: [{ month: '2025-01' }] }

/** A person stops the execution while a task is at work, something happens, and the execution is redriven. */
async function stopAndRedrive(during: string, meanwhile: (world: ReturnType<typeof ingestWorld>) => void) {
  const world = ingestWorld()
  const states = createStepFunctions({ tasks: world.task, clock: world.clock })
  const ask = async (action: string, body: object) =>
    (await states.handle(`AWSStepFunctions.${action}`, body)).body as Record<string, string>
  const { stateMachineArn } = await ask('CreateStateMachine', {
    name: 'sluice-dev-ingest',
    definition: machineTextWithValues('ingest'),
    roleArn: 'arn:aws:iam::000000000000:role/states',
  })
  let stopped = false
  let reach = () => {}
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  world.before = (task) => {
    if (task !== during || stopped) return undefined
    stopped = true
    reach()
    return new Promise<void>(() => {})
  }
  const { executionArn } = await ask('StartExecution', { stateMachineArn, name: 'by-hand', input: JSON.stringify(INPUT) })
  await reached
  await ask('StopExecution', { executionArn })
  expect(await ask('DescribeExecution', { executionArn })).toMatchObject({ status: 'ABORTED', redriveStatus: 'REDRIVABLE' })
  meanwhile(world)
  await ask('RedriveExecution', { executionArn })
  for (;;) {
    const execution = await ask('DescribeExecution', { executionArn })
    if (execution.status !== 'RUNNING') return { world, execution }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('an execution of ingest that was stopped and is redriven', () => {
  it.each([
    'AcquireLease',
    'ReadManifest',
    'JudgeQuality',
    'PublishBatch',
    'aws-sdk:glue:getCrawler',
    'ConfirmPartitions',
    'ReleaseLease',
    'RecordMetrics',
  ])('goes on from %s, once close-batch has released its lease', async (during) => {
    const { world, execution } = await stopAndRedrive(during, (halted) => {
      halted.lease = undefined
    })
    expect(execution, execution.cause).toMatchObject({ status: 'SUCCEEDED' })
    expect([...world.objects.keys()].filter((key) => key.startsWith('curated/'))).toHaveLength(1)
    expect(world.calls.filter(({ task }) => task === 'PrepareBatch')).toHaveLength(1)
    expect(world.calls.filter(({ task }) => task === 'glue:startJobRun.sync')).toHaveLength(1)
  })

  it('does not undo what another batch published in between', async () => {
    const foreign = 'curated/orders/order_date=2025-01-01/orders-other-0-12345678.parquet'
    const { world, execution } = await stopAndRedrive('JudgeQuality', (halted) => {
      halted.lease = undefined
      halted.objects.set(foreign, 'newer')
    })
    expect(execution).toMatchObject({ status: 'FAILED', error: 'StaleBatchError' })
    expect([...world.objects.keys()].filter((key) => key.startsWith('curated/'))).toEqual([foreign])
    expect(world.queued).toMatchObject([{ error: 'StaleBatchError', input: INPUT }])
  })

  it('does not publish beside a batch that has the lease by now', async () => {
    const { world, execution } = await stopAndRedrive('PublishBatch', (halted) => {
      halted.lease = 'arn:other'
    })
    expect(execution).toMatchObject({ status: 'FAILED', error: 'LeaseUnavailableError' })
    expect(world.lease).toBe('arn:other')
    expect([...world.objects.keys()].filter((key) => key.startsWith('curated/'))).toEqual([])
  })
})
