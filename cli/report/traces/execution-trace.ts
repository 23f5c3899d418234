import { z } from 'zod'
import { failureSentence } from '../../../functions/domain/batch/failure.ts'

const stepSchema = z.object({
  name: z.string(),
  /** Seconds after the execution's start. */
  from: z.number(),
  seconds: z.number(),
  state: z.enum(['done', 'failed', 'running']),
})
const jobRunSchema = z.object({
  workerType: z.string(),
  workers: z.number(),
  flex: z.boolean(),
  seconds: z.number(),
  /** Billed by Glue itself: runs with auto scaling say it. */
  dpuSeconds: z.number().nullable(),
})

/** How one execution of a batch went, from its history: what a timeline and a bill need. */
export const executionTraceSchema = z.object({
  executionArn: z.string(),
  status: z.string(),
  startedAt: z.string(),
  stoppedAt: z.string().nullable(),
  error: z.string().nullable(),
  steps: z.array(stepSchema),
  transitions: z.number(),
  /** Of the curated table: one that only confirmed its partitions had none. */
  crawls: z.number(),
  functionCalls: z.number(),
  /** From call to answer, which is a little more than is billed. */
  functionSeconds: z.number(),
  jobRuns: z.array(jobRunSchema),
  /** The values of the contract when the batch was prepared. */
  contract: z.object({ owner: z.string(), warnRate: z.number(), haltRate: z.number() }).nullable(),
})
export type ExecutionTrace = z.infer<typeof executionTraceSchema>
export type TraceStep = z.infer<typeof stepSchema>

/** An event of GetExecutionHistory, as far as it is read here. */
export interface TraceEvent {
  type?: string
  timestamp?: Date
  stateEnteredEventDetails?: { name?: string }
  stateExitedEventDetails?: { name?: string; output?: string }
  taskScheduledEventDetails?: { resourceType?: string }
  taskSucceededEventDetails?: { resourceType?: string; output?: string }
  taskFailedEventDetails?: { resourceType?: string; cause?: string }
  taskTimedOutEventDetails?: { resourceType?: string }
  executionFailedEventDetails?: { error?: string; cause?: string }
}

/** The steps that a reader sees, in order, and the states of ingest that each one covers. */
export const STEPS: Record<string, string[]> = {
  Prepare: ['Prepare Batch'],
  'Wait for lease': ['Acquire Lease', 'Lease Acquired?', 'Wait for Lease'],
  'Wait for job slot': ['Take Job Slot', 'Job Slot Taken?', 'Wait for Job Slot', 'Stop Stray Runs', 'Strays Gone?', 'Wait for Strays'],
  Curate: ['Curate', 'Curate Again?', 'Free Job Slot'],
  'Check rates': ['Read Manifest', 'Quarantine Rate Acceptable?', 'Warn of Quarantine Rate', 'Anything Staged?'],
  'Judge quality': [
    'Start Quality Run',
    'Wait for Quality Run',
    'Get Quality Run',
    'Quality Run Finished?',
    'Judge Quality',
    'Quality Passed?',
  ],
  Publish: ['Publish Batch', 'Published?'],
  Crawl: ['Crawl Curated', 'Wait for Crawl', 'Get Crawl', 'Crawl Succeeded?', 'Confirm Partitions'],
}
/** Everything after the table is published: the lease, metrics, alerts. */
const LAST_STEP = 'Finish'
/** The state that bills a crawl. */
const CRAWL_STATE = 'Crawl Curated'
/** The try block around everything is not a step; the states in its branch are. */
const NO_STEP = 'Run Batch'

const stepOf = (state: string) => Object.entries(STEPS).find(([, states]) => states.includes(state))?.[0] ?? LAST_STEP

export function traceExecution(
  execution: { arn: string; status: string; startedAt: string; stoppedAt?: string; error?: string; cause?: string },
  events: TraceEvent[],
  now: number = Date.now(),
): ExecutionTrace {
  const start = Date.parse(execution.startedAt)
  const open = new Map<string, number>()
  const steps = new Map<string, { from: number; to: number }>()
  const stretch = (state: string, from: number, to: number) => {
    const step = stepOf(state)
    const known = steps.get(step)
    steps.set(step, { from: Math.min(known?.from ?? from, from), to: Math.max(known?.to ?? to, to) })
  }
  let transitions = 0
  let crawls = 0
  let last = start
  for (const event of events) {
    const at = event.timestamp?.getTime() ?? last
    last = at
    const entered = event.stateEnteredEventDetails?.name
    const exited = event.stateExitedEventDetails?.name
    if (entered !== undefined) transitions += 1
    if (entered === CRAWL_STATE) crawls += 1
    if (entered !== undefined && entered !== NO_STEP) open.set(entered, at)
    if (exited !== undefined && open.has(exited)) {
      stretch(exited, open.get(exited) ?? at, at)
      open.delete(exited)
    }
  }
  const running = execution.status === 'RUNNING'
  const stopped = execution.status === 'FAILED' ? stepThatStopped(events) : undefined
  // A state without an exit is the current one, or the one in which the execution was cut off.
  for (const [state, at] of open) stretch(state, at, running ? now : last)
  const unfinished = new Set([...open.keys()].map(stepOf))
  return {
    executionArn: execution.arn,
    status: execution.status,
    startedAt: execution.startedAt,
    stoppedAt: execution.stoppedAt ?? null,
    error: execution.error ? failureSentence({ Error: execution.error, Cause: execution.cause }) : null,
    steps: [...Object.keys(STEPS), LAST_STEP].flatMap((name) => {
      const span = steps.get(name)
      if (!span) return []
      const isOpen = stopped === undefined ? unfinished.has(name) : name === stopped
      const state = !isOpen ? 'done' : running ? 'running' : 'failed'
      return [{ name, from: rounded((span.from - start) / 1000), seconds: rounded((span.to - span.from) / 1000), state }]
    }),
    transitions,
    crawls,
    ...functionTime(events),
    jobRuns: events.flatMap(jobRunOf),
    contract: events.map(contractOf).find((contract) => contract !== null) ?? null,
  }
}

/** The failure path begins with this state. */
const FAILURE_STATE = 'Queue Failed Batch'

/** A batch that fails still releases its lease and tells people; what failed is the last step before that. */
function stepThatStopped(events: TraceEvent[]): string | undefined {
  const entered = events.flatMap(({ stateEnteredEventDetails: state }) => state?.name ?? [])
  if (!entered.includes(FAILURE_STATE)) return undefined
  const last = entered.findLast((state) => Object.values(STEPS).some((states) => states.includes(state)))
  return last === undefined ? undefined : stepOf(last)
}

const rounded = (seconds: number) => Math.round(seconds * 10) / 10

// One state at a time is at work in a batch, so that an answer is that of the last call.
function functionTime(events: TraceEvent[]): Pick<ExecutionTrace, 'functionCalls' | 'functionSeconds'> {
  let calls = 0
  let ms = 0
  let called: number | undefined
  for (const event of events) {
    const at = event.timestamp?.getTime() ?? 0
    if (event.taskScheduledEventDetails?.resourceType === 'lambda') {
      calls += 1
      called = at
    }
    const answer = event.taskSucceededEventDetails ?? event.taskFailedEventDetails ?? event.taskTimedOutEventDetails
    if (answer === undefined || called === undefined) continue
    ms += at - called
    called = undefined
  }
  return { functionCalls: calls, functionSeconds: rounded(ms / 1000) }
}

function jobRunOf({ taskSucceededEventDetails, taskFailedEventDetails }: TraceEvent): ExecutionTrace['jobRuns'] {
  const text =
    taskSucceededEventDetails?.resourceType === 'glue'
      ? taskSucceededEventDetails.output
      : taskFailedEventDetails?.resourceType === 'glue'
        ? taskFailedEventDetails.cause
        : undefined
  const run = jobRunSchemaOfGlue.safeParse(parsed(text)).data
  if (!run) return []
  return [
    {
      workerType: run.WorkerType,
      workers: run.NumberOfWorkers,
      flex: run.ExecutionClass === 'FLEX',
      seconds: run.ExecutionTime,
      // Zero is what Glue says while it does not know.
      dpuSeconds: run.DPUSeconds || null,
    },
  ]
}

function contractOf({ stateExitedEventDetails: exited }: TraceEvent): ExecutionTrace['contract'] {
  if (exited?.name !== 'Prepare Batch') return null
  return preparedSchema.safeParse(parsed(exited.output)).data?.Payload ?? null
}

const preparedSchema = z.object({ Payload: z.object({ owner: z.string(), warnRate: z.number(), haltRate: z.number() }) })

const jobRunSchemaOfGlue = z.object({
  WorkerType: z.string(),
  NumberOfWorkers: z.number(),
  ExecutionTime: z.number(),
  ExecutionClass: z.string().optional(),
  DPUSeconds: z.number().nullish(),
})

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}
