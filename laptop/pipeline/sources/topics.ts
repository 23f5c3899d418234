import { join } from 'node:path'
import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import type { Clients } from '../../aws/clients.ts'
import type { Invocation } from '../../lambda/execution-environment.ts'
import type { TopicCheckpoints } from '../../lambda/topics/topic.ts'
import { startTopicPoller } from '../../lambda/topics/topic-poller.ts'
import type { Laptop } from '../laptop.ts'
import { createKeeper } from '../state/keeper.ts'
import { readWhole, writeWhole } from '../state/kept-files.ts'
import { type Sources, StuckError } from '../stillness.ts'

/** The topics of Kafka that the package's datasets are landed from. */
export interface Topics extends Sources {
  stop(): Promise<void>
}

/** What is wrong with brokers may pass, as while they start; a run gives up after that. */
const GIVE_UP_AFTER_MS = 10_000
const MEASURE_EVERY_MS = 2000
/**
 * A lag that stays the same is put again, as Lambda does each minute: CloudWatch has the highest of a minute, so `sluice status` would show an
 * earlier one for as long as nothing else is there.
 */
const SAME_AGAIN_MS = 60_000

/**
 * Starts what reads them.
 * @param stateFolder where it is kept how far each was read
 * @param onTrouble why a dataset's topic cannot be read, and without a sentence that it can again
 */
export function startTopics(
  laptop: Laptop,
  invoke: (name: string, event: unknown) => Promise<Invocation>,
  { stateFolder, onTrouble }: { stateFolder: string | undefined; onTrouble: (dataset: string, trouble: string | undefined) => void },
): Topics {
  const keeper = createKeeper()
  const troubledSince = new Map<string, number>()
  const pollers = laptop.topicMappings.map((mapping) => {
    const { functionName, topic } = mapping
    const dataset = String(laptop.functions.environmentOf(functionName).STREAM_DATASET)
    const file = stateFolder && join(stateFolder, `topic-${functionName}.json`)
    const checkpoints = file && readWhole<TopicCheckpoints>(file)
    const poller = startTopicPoller(mapping, {
      invoke,
      ...(checkpoints && { checkpoints }),
      ...(file && { onCheckpoint: (next: TopicCheckpoints) => keeper.write(functionName, () => writeWhole(file, next)) }),
      onLook: (trouble) => laptop.mappingStates.set(functionName, { topic, trouble }),
      onTrouble(trouble) {
        if (trouble === undefined) troubledSince.delete(functionName)
        else troubledSince.set(functionName, troubledSince.get(functionName) ?? Date.now())
        onTrouble(dataset, trouble)
      },
    })
    return { functionName, poller, put: putLag(laptop.clients, functionName) }
  })
  const timer = setInterval(() => {
    for (const { poller, put } of pollers) void poller.behind().then(put, () => {})
  }, MEASURE_EVERY_MS)
  timer.unref()
  return {
    async isBehind() {
      for (const { functionName, poller } of pollers) {
        const since = troubledSince.get(functionName)
        if (since !== undefined && Date.now() - since > GIVE_UP_AFTER_MS) throw new StuckError(String(poller.trouble()))
        if ((await poller.behind()) !== 0n) return true
      }
      return false
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(pollers.map(({ poller }) => poller.stop()))
      keeper.stop()
    },
  }
}

/** As Lambda does: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, `OffsetLag`. */
export function putLag(clients: Pick<Clients, 'cloudwatch'>, functionName: string): (lag: bigint | undefined) => Promise<void> {
  let last = { lag: -1, at: 0 }
  return async (found) => {
    const lag = Number(found)
    if (found === undefined || (lag === last.lag && Date.now() - last.at < SAME_AGAIN_MS)) return
    last = { lag, at: Date.now() }
    const Dimensions = [{ Name: 'FunctionName', Value: functionName }]
    await clients.cloudwatch.send(
      new PutMetricDataCommand({ Namespace: 'AWS/Lambda', MetricData: [{ MetricName: 'OffsetLag', Value: lag, Dimensions }] }),
    )
  }
}
