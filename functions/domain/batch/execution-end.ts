import { z } from 'zod'
import { InvalidInputError } from '../errors.ts'
import { batchSourceSchema } from './plan.ts'

/** How an execution of `ingest` ended. */
export interface ExecutionEnd {
  executionArn: string
  status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'
  input: string
  startedAt: string
  stoppedAt: string
  redrives: number
  error?: string
  cause?: string
}

const milliseconds = z.number().nullish()

/** EventBridge "Step Functions Execution Status Change"; times are epoch milliseconds. */
const executionEventSchema = z.object({
  detail: z
    .object({
      executionArn: z.string().min(1),
      status: z.string(),
      startDate: milliseconds,
      stopDate: milliseconds,
      /** Left out when it is too large for an event. */
      input: z.string().nullish(),
      redriveCount: z.number().int().nullish(),
      error: z.string().nullish(),
      cause: z.string().nullish(),
    })
    .loose(),
})

const inputSchema = z.looseObject({
  dataset: z.string(),
  batchId: z.string().optional(),
  planUri: z.string().optional(),
  source: batchSourceSchema.optional(),
})
export type BatchInput = z.infer<typeof inputSchema>

/** Undefined for an execution whose input is not a batch. */
export function batchInput(input: string): BatchInput | undefined {
  try {
    return inputSchema.safeParse(JSON.parse(input)).data
  } catch {
    return undefined
  }
}

/**
 * Reads an event of the execution-events queue. Undefined: the execution has not ended.
 * @throws InvalidInputError when it is no such event
 */
export function parseExecutionEnd(body: string): (Omit<ExecutionEnd, 'input'> & { input: string | undefined }) | undefined {
  const parsed = executionEventSchema.safeParse(jsonOf(body))
  if (!parsed.success) throw new InvalidInputError('the message is not a Step Functions execution event')
  const { executionArn, status, startDate, stopDate, input, redriveCount, error, cause } = parsed.data.detail
  if (!ENDED.has(status)) return undefined
  return {
    executionArn,
    status: status as ExecutionEnd['status'],
    input: input ?? undefined,
    startedAt: startDate ? new Date(startDate).toISOString() : '',
    stoppedAt: stopDate ? new Date(stopDate).toISOString() : '',
    redrives: redriveCount ?? 0,
    ...(error && { error }),
    ...(cause && { cause }),
  }
}
const ENDED = new Set(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'])

/** One that waits for its redrive has not ended. */
export const executionHasEnded = <View extends { status: string }>(view: View): view is View & { status: ExecutionEnd['status'] } =>
  ENDED.has(view.status)

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
