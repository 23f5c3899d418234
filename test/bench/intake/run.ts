import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { type ExecutionEnd, parseExecutionEnd } from '../../../functions/domain/batch/execution-end.ts'
import { parseCrawlerEvent, parseCrawlTimer } from '../../../functions/domain/landing/crawl-messages.ts'
import { sqsBatchLambda, sqsLambda } from '../../../functions/runtime/sqs.ts'
import { closeBatch } from '../../../functions/use-cases/intake/close-batch.ts'
import { recordLandings } from '../../../functions/use-cases/intake/record-landings.ts'
import { startBatch } from '../../../functions/use-cases/intake/start-batch.ts'
import { startCrawl } from '../../../functions/use-cases/intake/start-crawl.ts'
import { Simulation } from '../../unit/intake/model/simulation.ts'
import { burstOf } from './producer.ts'
import { countedWorld, SETTLE_SECONDS } from './services.ts'

export interface RunResult {
  files: number
  datasets: number
  bursts: number
  events: number
  invocations: number
  /** Time in the functions, without the simulated services' own bookkeeping of time. */
  handlerSeconds: number
  calls: Record<string, number>
  totalCalls: number
  /** Conditional writes of landings, and read request units. */
  written: number
  reads: number
  crawls: number
  batches: number
  mostCrawlsABurst: number
  mostBatchesABurst: number
  peakHeapMegabytes: number
}

const FILES_A_BURST = 20_000
/** infra/functions/record-landings.yml */
const LANDINGS_BATCH = 1000
const MINUTE = 60_000

type Queue = 'landings' | 'crawls' | 'crawler-events' | 'execution-events'

async function run(files: number, datasetCount: number): Promise<RunResult> {
  const simulation = new Simulation(7)
  const datasets = Array.from({ length: datasetCount }, (_, index) => `dataset_${index}`)
  const pending: Promise<void>[] = []
  const totals = { events: 0, invocations: 0, handlerSeconds: 0, peakHeap: 0, mostCrawlsABurst: 0, mostBatchesABurst: 0 }
  const world = countedWorld(simulation, datasets, (queue, body) => pending.push(invoke(queue, [body])))
  const functions: Record<Queue, (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>> = {
    landings: sqsBatchLambda((messages) => recordLandings(messages, world.intake)),
    crawls: sqsLambda(({ body }) => startCrawl(parseCrawlTimer(body), world.intake)),
    'crawler-events': sqsLambda(({ body }) => startBatch(parseCrawlerEvent(body), world.intake)),
    'execution-events': sqsLambda(({ body }) => closeBatch(parseExecutionEnd(body) as ExecutionEnd, world.intake)),
  }

  async function invoke(queue: Queue, bodies: string[]): Promise<void> {
    // The poller's own requests are on the bill too, ten messages each.
    world.count('sqs receive and delete', Math.ceil(bodies.length / 10) * 2)
    const event = { Records: bodies.map((body, index) => ({ messageId: String(index), body }) as SQSRecord) }
    const begun = process.cpuUsage()
    const { batchItemFailures } = await functions[queue](event, CONTEXT)
    const { user, system } = process.cpuUsage(begun)
    totals.handlerSeconds += (user + system) / 1e6
    totals.invocations += 1
    if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} messages of ${queue} failed`)
  }

  const bursts = Math.ceil(files / FILES_A_BURST)
  for (let burst = 0; burst < bursts; burst += 1) {
    const before = { crawls: world.crawls(), batches: world.batches() }
    const inBurst = Math.min(FILES_A_BURST, files - burst * FILES_A_BURST)
    // A burst takes half as long again as the settle time, so that its end misses the first crawl.
    const messages = burstOf(datasets, burst, inBurst, simulation)
    const step = (SETTLE_SECONDS * 1500) / Math.ceil(messages.length / LANDINGS_BATCH)
    for (let start = 0; start < messages.length; start += LANDINGS_BATCH) {
      await simulation.run(simulation.now + step)
      await invoke('landings', messages.slice(start, start + LANDINGS_BATCH))
      simulation.now += step
    }
    totals.events += messages.length
    await simulation.run(simulation.now + 60 * MINUTE)
    await Promise.all(pending.splice(0))
    simulation.now += 60 * MINUTE
    totals.mostCrawlsABurst = Math.max(totals.mostCrawlsABurst, (world.crawls() - before.crawls) / datasetCount)
    totals.mostBatchesABurst = Math.max(totals.mostBatchesABurst, (world.batches() - before.batches) / datasetCount)
    totals.peakHeap = Math.max(totals.peakHeap, heapMegabytes())
  }
  await world.checkAllDone()
  return {
    files,
    datasets: datasetCount,
    bursts,
    events: totals.events,
    invocations: totals.invocations,
    handlerSeconds: totals.handlerSeconds,
    calls: world.calls,
    totalCalls: Object.values(world.calls).reduce((sum, count) => sum + count, 0),
    written: world.written(),
    reads: world.reads(),
    crawls: world.crawls(),
    batches: world.batches(),
    mostCrawlsABurst: totals.mostCrawlsABurst,
    mostBatchesABurst: totals.mostBatchesABurst,
    peakHeapMegabytes: totals.peakHeap,
  }
}

function heapMegabytes(): number {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().heapUsed / 1e6)
}

const CONTEXT = {
  functionName: 'bench',
  awsRequestId: 'bench',
  memoryLimitInMB: '512',
  invokedFunctionArn: 'bench',
  getRemainingTimeInMillis: () => 60_000,
} as unknown as Context

const [files = 100_000, datasetCount = 20] = process.argv.slice(2).map(Number)
console.log(JSON.stringify(await run(files, datasetCount)))
