import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { STEPS, type TraceEvent, traceExecution } from '../../../../cli/report/traces/execution-trace.ts'

const START = Date.parse('2025-01-01T00:00:00.000Z')
const at = (seconds: number) => ({ timestamp: new Date(START + seconds * 1000) })
const entered = (name: string, seconds: number): TraceEvent => ({
  type: 'TaskStateEntered',
  ...at(seconds),
  stateEnteredEventDetails: { name },
})
const exited = (name: string, seconds: number, output?: unknown): TraceEvent => ({
  type: 'TaskStateExited',
  ...at(seconds),
  stateExitedEventDetails: { name, ...(output !== undefined && { output: JSON.stringify(output) }) },
})
const execution = { arn: 'arn:aws:states:us-east-1:1:execution:m:e', status: 'SUCCEEDED', startedAt: '2025-01-01T00:00:00.000Z' }
const run = {
  JobRunState: 'SUCCEEDED',
  WorkerType: 'G.2X',
  NumberOfWorkers: 3,
  ExecutionTime: 90,
  ExecutionClass: 'FLEX',
  DPUSeconds: 410.5,
}

describe('the trace of an execution', () => {
  it('folds states into steps, loops into one span', () => {
    const events = [
      entered('Prepare Batch', 0),
      exited('Prepare Batch', 2, { Payload: { owner: 'a@example.com', warnRate: 0.01, haltRate: 0.2 } }),
      entered('Run Batch', 2),
      entered('Start Quality Run', 10),
      exited('Start Quality Run', 11),
      entered('Wait for Quality Run', 11),
      exited('Wait for Quality Run', 26),
      entered('Judge Quality', 26),
      exited('Judge Quality', 27.04),
      exited('Run Batch', 28),
    ]
    const { steps, transitions, contract } = traceExecution(execution, events)
    expect(steps).toEqual([
      { name: 'Prepare', from: 0, seconds: 2, state: 'done' },
      { name: 'Judge quality', from: 10, seconds: 17, state: 'done' },
    ])
    expect({ transitions, contract }).toEqual({ transitions: 5, contract: { owner: 'a@example.com', warnRate: 0.01, haltRate: 0.2 } })
  })

  it.each([
    ['RUNNING', 'running', 15],
    ['FAILED', 'failed', 4],
  ])('marks the current step of one that is %s as %s, with a duration of %d seconds', (status, state, seconds) => {
    const events = [entered('Curate', 5), { type: 'TaskScheduled', ...at(9) }]
    const { steps } = traceExecution({ ...execution, status }, events, START + 20_000)
    expect(steps).toEqual([{ name: 'Curate', from: 5, seconds, state }])
  })

  it('marks the step that failed, not those that tell people of it', () => {
    const states = [
      'Judge Quality',
      'Quality Passed?',
      'Stop Batch',
      'Release Lease',
      'Record Metrics',
      'Batch Passed?',
      'Queue Failed Batch',
    ]
    const events = states.flatMap((state, place) => [entered(state, place), exited(state, place + 1)])
    const { steps } = traceExecution({ ...execution, status: 'FAILED' }, [...events, entered('Batch Failed', 8)])
    expect(steps.map(({ name, state }) => [name, state])).toEqual([
      ['Judge quality', 'failed'],
      ['Finish', 'done'],
    ])
  })

  it('counts calls of functions and the crawls that were begun, not partitions that were only confirmed', () => {
    const scheduled = (resourceType: string, seconds: number): TraceEvent => ({
      ...at(seconds),
      taskScheduledEventDetails: { resourceType },
    })
    const events: TraceEvent[] = [
      entered('Publish Batch', 0),
      scheduled('lambda', 0),
      { ...at(2), taskFailedEventDetails: { resourceType: 'lambda' } },
      scheduled('lambda', 5),
      { ...at(6.5), taskSucceededEventDetails: { resourceType: 'lambda' } },
      exited('Publish Batch', 6.5),
      entered('Curate', 7),
      scheduled('glue', 7),
      { ...at(60), taskSucceededEventDetails: { resourceType: 'glue' } },
      entered('Confirm Partitions', 61),
    ]
    expect(traceExecution(execution, events)).toMatchObject({ functionCalls: 2, functionSeconds: 3.5, crawls: 0 })
    const crawled = [...events, entered('Crawl Curated', 62), entered('Wait for Crawl', 63), entered('Confirm Partitions', 90)]
    expect(traceExecution(execution, crawled)).toMatchObject({ crawls: 1 })
  })

  it('reads job runs that ended well or badly, and no other task', () => {
    const events: TraceEvent[] = [
      { taskSucceededEventDetails: { resourceType: 'glue', output: JSON.stringify(run) } },
      { taskFailedEventDetails: { resourceType: 'glue', cause: JSON.stringify({ ...run, ExecutionClass: 'STANDARD', DPUSeconds: 0 }) } },
      { taskFailedEventDetails: { resourceType: 'glue', cause: 'no JSON' } },
      { taskSucceededEventDetails: { resourceType: 'lambda', output: JSON.stringify(run) } },
    ]
    expect(traceExecution(execution, events).jobRuns).toEqual([
      { workerType: 'G.2X', workers: 3, flex: true, seconds: 90, dpuSeconds: 410.5 },
      { workerType: 'G.2X', workers: 3, flex: false, seconds: 90, dpuSeconds: null },
    ])
  })

  it('knows the steps by the names that the state machine has', () => {
    const text = readFileSync(new URL('../../../../statemachines/ingest.asl.json', import.meta.url), 'utf8')
    for (const state of Object.values(STEPS).flat()) expect(text).toContain(`"${state}": {`)
  })
})
