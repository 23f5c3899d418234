import type { ChildOutcome, MapRun, Visit } from '../engine.ts'
import { asStatesError, StatesError } from '../errors.ts'
import type { Json, JsonObject } from '../types.ts'
import { contextOf, evaluateAs } from '../visit.ts'

/** What the Map state returns: the outputs in order, or where ResultWriter put them. */
export async function resultOf(visit: Visit, run: MapRun, outcomes: ChildOutcome[]): Promise<Json> {
  const writer = visit.state.ResultWriter
  const transformation = writer?.WriterConfig?.Transformation ?? (writer?.Resource ? 'NONE' : 'COMPACT')
  const shaped = (some: ChildOutcome[]) => {
    const results = some.map((outcome) => (transformation === 'NONE' ? withMetadata(outcome) : bare(outcome)))
    return transformation === 'FLATTEN' ? results.flat() : results
  }
  if (!writer?.Resource) return writer?.WriterConfig?.OutputType === 'JSONL' ? lines(shaped(outcomes)) : shaped(outcomes)

  const { Bucket, Prefix = '' } = (await evaluateAs(visit, writer.Arguments ?? {}, 'ResultWriter/Arguments', ['object'])) as JsonObject
  const folder = [String(Prefix).replace(/\/+$/, ''), run.arn.split(':').at(-1)].filter(Boolean).join('/')
  const isLines = writer.WriterConfig?.OutputType === 'JSONL'
  const put = async (key: string, body: string) => {
    await write(visit, writer.Resource as string, { Bucket: Bucket ?? null, Key: key, Body: body })
    return { Key: key, Size: Buffer.byteLength(body) }
  }
  const files: JsonObject = { FAILED: [], PENDING: [], SUCCEEDED: [] }
  for (const [kind, statuses] of KINDS) {
    const some = outcomes.filter((o) => statuses.includes(o.status))
    if (some.length === 0) continue
    const body = isLines ? lines(shaped(some)) : JSON.stringify(shaped(some))
    files[kind] = [await put(`${folder}/${kind}_0.${isLines ? 'jsonl' : 'json'}`, body)]
  }
  const manifest = { DestinationBucket: Bucket ?? null, MapRunArn: run.arn, ResultFiles: files }
  const { Key } = await put(`${folder}/manifest.json`, JSON.stringify(manifest))
  return { MapRunArn: run.arn, ResultWriterDetails: { Bucket: Bucket ?? null, Key } }
}

const KINDS: [string, ChildOutcome['status'][]][] = [
  ['SUCCEEDED', ['SUCCEEDED']],
  ['FAILED', ['FAILED', 'TIMED_OUT']],
  ['PENDING', ['ABORTED']],
]

const lines = (values: Json[]) => values.map((value) => JSON.stringify(value)).join('\n')

/** A failed child has no output: it is shown with its metadata whatever the transformation. */
const bare = (outcome: ChildOutcome): Json => (outcome.status === 'SUCCEEDED' ? (outcome.output ?? null) : withMetadata(outcome))

function withMetadata({ executionArn, name, status, input, output, error, cause, startDate, stopDate }: ChildOutcome): JsonObject {
  return {
    ExecutionArn: executionArn,
    Input: JSON.stringify(input),
    InputDetails: { Included: true },
    Name: name,
    ...(output === undefined ? {} : { Output: JSON.stringify(output), OutputDetails: { Included: true } }),
    ...(error === undefined ? {} : { Error: error }),
    ...(cause === undefined ? {} : { Cause: cause }),
    StartDate: new Date(startDate).toISOString(),
    Status: status,
    StopDate: new Date(stopDate).toISOString(),
  }
}

async function write(visit: Visit, resource: string, args: JsonObject): Promise<void> {
  const { engine, signal } = visit.frame
  try {
    await engine.callTask({ resource, arguments: args, signal, context: contextOf(visit), heartbeat: () => {} })
  } catch (thrown) {
    const { error, reason } = asStatesError(thrown)
    throw error === 'States.Runtime' ? thrown : new StatesError('States.ResultWriterFailed', `${error}: ${reason}`)
  }
}
