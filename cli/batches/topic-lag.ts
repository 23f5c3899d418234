import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { LambdaClient } from '@aws-sdk/client-lambda'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { landerFunctionName, rawPrefix } from '../../functions/domain/names.ts'
import type { ObjectStore } from '../../functions/ports/object-store.ts'
import { lastLanded } from './last-landed.ts'
import { isDenied, mappingProblem } from './mapping-problem.ts'
import type { StreamLag } from './stream-lag.ts'

export interface TopicClients {
  cloudwatch: Pick<CloudWatchClient, 'send'>
  lambda: Pick<LambdaClient, 'send'>
}

/** How old Lambda's last measurement may be. It measures while it reads. */
const RECENT_MS = 15 * 60_000

/**
 * How far a dataset's topic has landed. The brokers may be out of reach from here, so Lambda is asked: it measures the lag, and has a word for
 * what is wrong with its connection.
 * @param prefix of the deployment's names: `sluice-<stage>`
 */
export async function topicLag(
  { dataset, source }: Contract,
  raw: Pick<ObjectStore, 'list'>,
  { prefix, now, clients = defaultClients() }: { prefix: string; now: Date; clients?: TopicClients },
): Promise<StreamLag | null> {
  if (!source.kafka) return null
  const { topic } = source.kafka
  const landed = await lastLanded(`${rawPrefix(dataset)}${source.partition_keys[0]}=`, raw, now)
  const FunctionName = landerFunctionName(prefix, dataset)
  const [problem, waitingRecords] = await Promise.all([
    mappingProblem({ kind: 'kafka', name: topic }, FunctionName, clients.lambda),
    waiting(FunctionName, now, clients),
  ]).catch((error: unknown) => {
    if (!isDenied(error)) throw error
    return [`you may not ask Lambda and CloudWatch about topic ${topic}`, null] as const
  })
  const shards = [...landed].sort().map(([shard, landedTo]) => ({ shard, landedTo, waitingSeconds: null }))
  return { stream: topic, shards, waitingRecords, ...(problem !== undefined && { problem }) }
}

async function waiting(FunctionName: string, now: Date, { cloudwatch }: TopicClients): Promise<number | null> {
  const { Datapoints = [] } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Lambda',
      MetricName: 'OffsetLag',
      Dimensions: [{ Name: 'FunctionName', Value: FunctionName }],
      StartTime: new Date(now.getTime() - RECENT_MS),
      // Its own minute is in, whatever the clocks.
      EndTime: new Date(now.getTime() + 60_000),
      Period: 60,
      Statistics: ['Maximum'],
    }),
  )
  const newest = Datapoints.sort((one, other) => Number(one.Timestamp) - Number(other.Timestamp)).at(-1)
  return newest?.Maximum ?? null
}

const defaultClients = (): TopicClients => ({ cloudwatch: new CloudWatchClient({}), lambda: new LambdaClient({}) })
