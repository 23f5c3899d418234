import { z } from 'zod'

/** An error as Step Functions hands it on. */
export const failureSchema = z.object({ Error: z.string(), Cause: z.string().optional() })
export type Failure = z.infer<typeof failureSchema>

export interface ReadableFailure {
  error: string
  message: string
  jobName?: string
  jobRunId?: string
}

/** A message's length in mails and terminals. */
const MAX_MESSAGE = 1000

/**
 * Cause is plain text from a Fail state, `{ errorMessage }` from a function, and the JobRun from a Glue job. People need only the
 * message in it. A function's trace stays in the log.
 */
export function readFailure({ Error: error, Cause: cause = '' }: Failure): ReadableFailure {
  const parsed = parseObject(cause)
  const text = (field: string) => (typeof parsed?.[field] === 'string' ? (parsed[field] as string) : undefined)
  const message = text('ErrorMessage') ?? text('errorMessage') ?? (parsed ? text('JobRunState') : cause) ?? ''
  const jobName = text('JobName')
  const jobRunId = text('Id')
  return {
    error,
    message: (message || 'no cause was given').slice(0, MAX_MESSAGE),
    ...(jobName && { jobName }),
    ...(jobName && jobRunId && { jobRunId }),
  }
}

/** What an execution ended with, for people. */
export const endedWith = ({ status, error, cause }: { status: string; error?: string; cause?: string }) =>
  error === undefined ? status : failureSentence({ Error: error, Cause: cause })

/** What Step Functions calls the end of every job run that failed; the run's own message has the name of its error. */
const JOB_FAILED = 'States.TaskFailed'

/** Both in one line, as the ledger keeps it for `sluice status`. */
export function failureSentence(failure: Failure): string {
  if (!failure.Cause) return failure.Error
  const { error, message } = readFailure(failure)
  return error === JOB_FAILED ? message : `${error}: ${message}`
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
