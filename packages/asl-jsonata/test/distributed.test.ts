import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Json, runStateMachine, type TaskCall } from '../src/index.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { distributed, failure, pass, task } from './machine.ts'

const WORK = 'arn:aws:states:::lambda:invoke'
const PUT = 'arn:aws:states:::s3:putObject'

describe('children', () => {
  it('are executions of their own, without the outer variables', async () => {
    const definition = distributed({ Label: 'Chunks' }, { A: pass('{% [$states.context.Execution.Input, $exists($outer)] %}') })
    const States = { S: pass([5], { Assign: { outer: 1 }, Next: 'M' }), ...definition.States }
    const { output, children, mapRuns } = await runStateMachine({ ...definition, StartAt: 'S', States })
    expect(output).toEqual([[5, false]])
    expect(children).toHaveLength(1)
    expect(children[0]?.executionArn).toMatch(/:execution:state-machine\/Chunks:[0-9a-f-]{36}$/)
    expect(children[0]?.history.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ])
    expect(mapRuns[0]).toMatchObject({ status: 'SUCCEEDED', executionCounts: { total: 1, succeeded: 1, resultsWritten: 1, pending: 0 } })
  })

  it('may wait, and run side by side', async () => {
    const clock = virtualClock()
    const start = clock.now()
    const definition = distributed({ MaxConcurrency: 5 }, { W: { Type: 'Wait', Seconds: 60, End: true } })
    await runStateMachine(
      definition,
      Array.from({ length: 20 }, (_, i) => i),
      { clock },
    )
    expect(clock.now() - start).toBe(4 * 60_000)
  })

  it('may be ten thousand', async () => {
    const items = Array.from({ length: 10_000 }, (_, i) => i)
    const definition = distributed({ Output: '{% $sum($states.result) %}', MaxConcurrency: 100 })
    const { output, history } = await runStateMachine(definition, items)
    expect(output).toBe(49_995_000)
    expect(history.length).toBeLessThan(10)
  }, 30_000)
})

describe('ItemBatcher', () => {
  it('keeps every item once and in order, within both limits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 25, maxLength: 40 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 150, max: 400 }),
        async (items, most, bytes) => {
          const batcher = {
            MaxItemsPerBatch: most,
            MaxInputBytesPerBatch: bytes,
            BatchInput: { run: '{% $states.context.Execution.Name %}' },
          }
          const definition = distributed({ ItemBatcher: batcher })
          const { output, cause } = await runStateMachine(definition, items, { execution: { name: 'r1' } })
          const batches = output as { Items: string[]; BatchInput: Json }[]
          expect(
            batches?.flatMap((batch) => batch.Items),
            cause,
          ).toEqual(items)
          for (const batch of batches) {
            expect(batch.BatchInput).toEqual({ run: 'r1' })
            expect(batch.Items.length).toBeGreaterThan(0)
            expect(batch.Items.length).toBeLessThanOrEqual(most)
            expect(Buffer.byteLength(JSON.stringify(batch))).toBeLessThanOrEqual(bytes)
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('tolerated failures', () => {
  const flaky = { A: task(WORK) }
  const tasks = {
    [WORK]: ({ arguments: fails }: TaskCall) => {
      if (fails) throw failure('Bad')
      return 'ok'
    },
  }

  it('decide between a result and a failed state, for any mix of failures', async () => {
    const thresholds = fc.record({
      count: fc.option(fc.integer({ min: 0, max: 8 })),
      percentage: fc.option(fc.integer({ min: 0, max: 100 })),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }), thresholds, async (items, { count, percentage }) => {
        const fields = {
          ...(count === null ? {} : { ToleratedFailureCount: count }),
          ...(percentage === null ? {} : { ToleratedFailurePercentage: percentage }),
        }
        const failed = items.filter(Boolean).length
        const overCount = count !== null && failed > count
        const overPercentage = percentage !== null && (failed / items.length) * 100 > percentage
        const fails = count === null && percentage === null ? failed > 0 : overCount || overPercentage
        const result = await runStateMachine(distributed(fields, flaky), items, { tasks })
        expect(result.status).toBe(fails ? 'FAILED' : 'SUCCEEDED')
        if (fails) expect(result.error).toBe('States.ExceedToleratedFailureThreshold')
        else expect((result.output as Json[]).filter((item) => item === 'ok')).toHaveLength(items.length - failed)
        const counts = result.mapRuns[0]?.executionCounts
        expect((counts?.succeeded ?? 0) + (counts?.failed ?? 0) + (counts?.aborted ?? 0)).toBe(items.length)
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['half of the items', { ToleratedFailurePercentage: 50 }, [true, false], 'SUCCEEDED'],
    ['just over half', { ToleratedFailurePercentage: 49.9 }, [true, false], 'FAILED'],
    ['every item of a failed batch', { ToleratedFailureCount: 2, ItemBatcher: { MaxItemsPerBatch: 3 } }, [true, true, true], 'FAILED'],
    ['no more than that', { ToleratedFailureCount: 3, ItemBatcher: { MaxItemsPerBatch: 3 } }, [true, true, true], 'SUCCEEDED'],
  ])('count %s', async (_, fields, items, status) => {
    expect((await runStateMachine(distributed(fields, flaky), items, { tasks })).status).toBe(status)
  })

  it.each([-1, 100.5])('refuse a computed percentage of %d', async (percentage) => {
    const { error, cause } = await runStateMachine(distributed({ ToleratedFailurePercentage: `{% ${percentage} %}` }, flaky), [], { tasks })
    expect([error, cause]).toEqual(['States.QueryEvaluationError', expect.stringContaining(`between 0 and 100 but was: ${percentage}`)])
  })

  it('show a failed child with what is known of it', async () => {
    const { output } = await runStateMachine(distributed({ ToleratedFailureCount: 1 }, flaky), [false, true], { tasks })
    expect(output).toMatchObject(['ok', { Status: 'FAILED', Error: 'Bad', Input: 'true' }])
  })
})

describe('ResultWriter', () => {
  const written = async (fields: object, input: Json) => {
    const objects: Record<string, string> = {}
    const tasks = {
      [PUT]: ({ arguments: args }: TaskCall) => {
        const { Key, Body } = args as { Key: string; Body: string }
        objects[Key] = Body
        return {}
      },
      [WORK]: ({ arguments: fails }: TaskCall) => {
        if (fails) throw failure('Bad')
        return ['ok']
      },
    }
    const definition = distributed({ ResultWriter: fields, ToleratedFailurePercentage: 100 }, { A: task(WORK) })
    return { objects, result: await runStateMachine(definition, input, { tasks }) }
  }

  it('puts the results beside a manifest, and returns their place', async () => {
    const { objects, result } = await written({ Resource: PUT, Arguments: { Bucket: 'out', Prefix: 'runs' } }, [false, true])
    const { MapRunArn, ResultWriterDetails } = result.output as { MapRunArn: string; ResultWriterDetails: { Bucket: string; Key: string } }
    const folder = `runs/${MapRunArn.split(':').at(-1)}`
    expect(ResultWriterDetails).toEqual({ Bucket: 'out', Key: `${folder}/manifest.json` })
    expect(Object.keys(objects).sort()).toEqual([`${folder}/FAILED_0.json`, `${folder}/SUCCEEDED_0.json`, `${folder}/manifest.json`])
    const manifest = JSON.parse(objects[`${folder}/manifest.json`] as string)
    expect(manifest).toMatchObject({ DestinationBucket: 'out', MapRunArn, ResultFiles: { PENDING: [], FAILED: [{}], SUCCEEDED: [{}] } })
    expect(JSON.parse(objects[`${folder}/SUCCEEDED_0.json`] as string)).toMatchObject([{ Status: 'SUCCEEDED', Output: '["ok"]' }])
  })

  it('may only shape the output', async () => {
    const { result } = await written({ WriterConfig: { Transformation: 'FLATTEN' } }, [false, false])
    expect(result.output).toEqual(['ok', 'ok'])
  })
})
