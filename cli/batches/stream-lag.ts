import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { landerFunctionName, rawPrefix } from '../../functions/domain/names.ts'
import type { ObjectStore } from '../../functions/ports/object-store.ts'
import { lastLanded } from './last-landed.ts'
import { isDenied, mappingProblem } from './mapping-problem.ts'

/** How far a dataset's stream has landed. */
export interface StreamLag {
  stream: string
  shards: {
    shard: string
    /** Sequence number or offset of the last record that landed; null when none has within the last week. */
    landedTo: string | null
    /** Seconds since the oldest record that has not landed arrived; 0 when all have. Null of a topic, whose brokers are not asked. */
    waitingSeconds: number | null
  }[]
  /** Of a topic: records that have not landed, as Lambda measured last; null when it has not for a quarter of an hour. */
  waitingRecords?: number | null
  /** Why the stream cannot be looked at, or does not land. */
  problem?: string
}

type Kinesis = Pick<KinesisClient, 'send'>

export interface StreamClients {
  kinesis: Kinesis
  lambda: Pick<LambdaClient, 'send'>
}

/** Empty pages that a shard may have before its next record. */
const MOST_PAGES = 10

/** @param prefix of the deployment's names: `sluice-<stage>` */
export async function streamLag(
  { dataset, source }: Contract,
  raw: ObjectStore,
  { prefix, now, clients = defaultClients() }: { prefix: string; now: Date; clients?: StreamClients },
): Promise<StreamLag | null> {
  if (!source.kinesis) return null
  const { stream } = source.kinesis
  const { kinesis, lambda } = clients
  try {
    const shards = await shardsOf(stream, kinesis)
    const landed = await lastLanded(`${rawPrefix(dataset)}${source.partition_keys[0]}=`, raw, now, shards)
    const lags = shards.map(async (shard) => ({
      shard,
      landedTo: landed.get(shard) ?? null,
      waitingSeconds: await waiting(stream, shard, landed.get(shard), now, kinesis),
    }))
    const asked = mappingProblem({ kind: 'kinesis', name: stream }, landerFunctionName(prefix, dataset), lambda).catch(unlessDenied)
    const [problem, ...found] = await Promise.all([asked, ...lags])
    return { stream, shards: found, ...(problem !== undefined && { problem }) }
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return { stream, shards: [], problem: `there is no stream ${stream}` }
    // S3, which may refuse in here as well, says AccessDenied.
    if ((error as Error).name === 'AccessDeniedException') return { stream, shards: [], problem: `you may not read stream ${stream}` }
    throw error
  }
}

/** One who may read the stream and not ask Lambda sees the stream all the same. */
function unlessDenied(error: unknown): undefined {
  if (!isDenied(error)) throw error
}

async function shardsOf(stream: string, kinesis: Kinesis): Promise<string[]> {
  const found: string[] = []
  let NextToken: string | undefined
  do {
    const page = await kinesis.send(new ListShardsCommand(NextToken === undefined ? { StreamName: stream } : { NextToken }))
    found.push(...(page.Shards ?? []).map(({ ShardId = '' }) => ShardId))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return found
}

async function waiting(stream: string, shard: string, landedTo: string | undefined, now: Date, kinesis: Kinesis): Promise<number> {
  const from =
    landedTo === undefined
      ? { ShardIteratorType: 'TRIM_HORIZON' as const }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: landedTo }
  let { ShardIterator: iterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName: stream, ShardId: shard, ...from }))
  for (let pages = 0; iterator && pages < MOST_PAGES; pages++) {
    const {
      Records = [],
      MillisBehindLatest,
      NextShardIterator,
    } = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 1 }))
    const arrived = Records[0]?.ApproximateArrivalTimestamp
    if (arrived) return Math.max(1, Math.round((now.getTime() - arrived.getTime()) / 1000))
    if (MillisBehindLatest === 0) return 0
    iterator = NextShardIterator
  }
  return 0
}

const defaultClients = (): StreamClients => ({
  // Of itself it speaks HTTP/2, which the AWS of `sluice up` does not.
  kinesis: new KinesisClient({ requestHandler: new NodeHttpHandler() }),
  lambda: new LambdaClient({}),
})
