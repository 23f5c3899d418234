import { setTimeout as sleep } from 'node:timers/promises'
import { AwsError } from '../aws/aws-error.ts'
import type { Clients } from '../aws/clients.ts'
import type { Operation } from '../aws/json-service.ts'
import { type AskAsService, askNobody, folderValues } from '../iam/service-role.ts'
import { type CatalogTarget, crawl } from './crawl.ts'
import { putGlueEvent } from './glue-events.ts'

interface Crawler {
  definition: { Name: string; Role: string; Targets: { CatalogTargets?: CatalogTarget[]; JdbcTargets?: unknown[] } } & Record<
    string,
    unknown
  >
  state: 'READY' | 'RUNNING' | 'STOPPING'
  createdAt: Date
  lastCrawl?: {
    Status: 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
    StartTime: Date
    MessagePrefix: string
    ErrorMessage?: string
    LogGroup: string
  }
  running?: { abort: AbortController; startedAt: Date }
  crawls: number
}

/** How long a crawl takes at least. On AWS it is a minute and more; here long enough for files to land meanwhile. */
const LEAST_CRAWL_MS = 300

/** The state of a crawler that survives a restart; its definition is created again. */
export interface KeptCrawler {
  crawls: number
  lastCrawl?: Crawler['lastCrawl']
  isRunning: boolean
}

/** Crawlers that crawl, as far as the laptop needs them: catalog targets, partitions added. */
export function createCrawlers(
  clientsOf: (roleArn: string) => Clients,
  own: Clients,
  onChange = () => {},
  askAsService: AskAsService = askNobody,
) {
  const crawlers = new Map<string, Crawler>()
  const running = new Set<Promise<void>>()
  let stopping = false
  const find = (name: string) => {
    const crawler = crawlers.get(name)
    if (!crawler) throw new AwsError('EntityNotFoundException', `Crawler with name ${name} does not exist`)
    return crawler
  }

  const operations: Record<string, Operation> = {
    async CreateCrawler(input: Crawler['definition']) {
      if (crawlers.has(input.Name)) throw new AwsError('AlreadyExistsException', `Crawler ${input.Name} already exists`)
      const kinds = Object.entries(input.Targets).filter(([, targets]) => Array.isArray(targets) && targets.length > 0)
      if (kinds.length !== 1 || !['CatalogTargets', 'JdbcTargets'].includes(kinds[0]?.[0] ?? '')) {
        throw new AwsError(
          'InvalidInputException',
          `The laptop knows CatalogTargets and JdbcTargets only; ${input.Name} has ${kinds.map(([kind]) => kind).join(', ') || 'none'}`,
        )
      }
      crawlers.set(input.Name, { definition: input, state: 'READY', createdAt: new Date(), crawls: 0 })
    },
    GetCrawler: async ({ Name }: { Name: string }) => ({ Crawler: describe(find(Name)) }),
    GetCrawlers: async () => ({ Crawlers: [...crawlers.values()].map(describe) }),
    async StartCrawler({ Name }: { Name: string }) {
      const crawler = find(Name)
      if (crawler.definition.Targets.JdbcTargets?.length)
        throw new AwsError('OperationTimeoutException', `The laptop does not crawl databases, as ${Name} would`)
      if (crawler.state !== 'READY') throw new AwsError('CrawlerRunningException', `Crawler with name ${Name} has already started`)
      crawler.state = 'RUNNING'
      crawler.crawls++
      const abort = new AbortController()
      crawler.running = { abort, startedAt: new Date() }
      onChange()
      const work = run(crawler, abort.signal).finally(() => running.delete(work))
      running.add(work)
    },
    async StopCrawler({ Name }: { Name: string }) {
      const crawler = find(Name)
      if (crawler.state === 'READY') throw new AwsError('CrawlerNotRunningException', `Crawler with name ${Name} isn't running`)
      if (crawler.state === 'STOPPING') throw new AwsError('CrawlerStoppingException', `Crawler with name ${Name} is stopping`)
      crawler.state = 'STOPPING'
      crawler.running?.abort.abort()
    },
  }

  async function run(crawler: Crawler, signal: AbortSignal) {
    const StartTime = crawler.running?.startedAt as Date
    const name = crawler.definition.Name
    let ended: NonNullable<Crawler['lastCrawl']>
    const common = { StartTime, MessagePrefix: crypto.randomUUID(), LogGroup: '/aws-glue/crawlers' }
    let partitionsCreated = 0
    try {
      const least = sleep(LEAST_CRAWL_MS, undefined, { signal })
      least.catch(() => {})
      const { Role, Targets } = crawler.definition
      partitionsCreated = await crawl(clientsOf(Role), Targets.CatalogTargets ?? [], signal, ({ DatabaseName, Name, StorageDescriptor }) =>
        askAsService(Role, 'crawl', { database: DatabaseName ?? '', table: Name ?? '', ...folderValues(StorageDescriptor?.Location) }),
      )
      await least
      ended = { ...common, Status: 'SUCCEEDED' }
    } catch (error) {
      ended = signal.aborted
        ? { ...common, Status: 'CANCELLED' }
        : { ...common, Status: 'FAILED', ErrorMessage: error instanceof Error ? error.message : String(error) }
    }
    crawler.lastCrawl = ended
    crawler.state = 'READY'
    delete crawler.running
    if (!stopping) onChange()
    // A stopped crawl has no event on AWS either.
    if (ended.Status === 'CANCELLED') return
    const state = ended.Status === 'SUCCEEDED' ? 'Succeeded' : 'Failed'
    const seconds = (Date.now() - StartTime.getTime()) / 1000
    await putGlueEvent(own, 'Glue Crawler State Change', {
      accountId: '123456789012',
      crawlerName: name,
      state,
      message: ended.ErrorMessage ?? `Crawler ${state}`,
      errorMessage: ended.ErrorMessage,
      startTime: StartTime.toISOString(),
      completionDate: new Date().toISOString(),
      'runningTime (sec)': String(Math.round(seconds)),
      tablesCreated: '0',
      tablesUpdated: '0',
      tablesDeleted: '0',
      partitionsCreated: String(partitionsCreated),
      partitionsUpdated: '0',
      partitionsDeleted: '0',
    }).catch(() => {})
  }

  return {
    operations,
    /** Crawls begun so far, by crawler. */
    counts: () => new Map([...crawlers].map(([name, { crawls }]) => [name, crawls])),
    busy: () => running.size > 0,
    kept: (): Record<string, KeptCrawler> =>
      Object.fromEntries(
        [...crawlers].map(([name, { crawls, lastCrawl, state }]) => [
          name,
          { crawls, isRunning: state === 'RUNNING', ...(lastCrawl && { lastCrawl }) },
        ]),
      ),
    /** A crawl that was cut off begins again: a caller waits for its end. */
    async restore(kept: Record<string, KeptCrawler>) {
      for (const [name, { crawls, lastCrawl, isRunning }] of Object.entries(kept)) {
        const crawler = crawlers.get(name)
        if (!crawler) continue
        Object.assign(crawler, { crawls, ...(lastCrawl && { lastCrawl: { ...lastCrawl, StartTime: new Date(lastCrawl.StartTime) } }) })
        if (isRunning) await operations.StartCrawler?.({ Name: name } as never, undefined as never)
      }
    },
    async stop() {
      stopping = true
      for (const crawler of crawlers.values()) crawler.running?.abort.abort()
      await Promise.allSettled(running)
    },
  }
}

function describe({ definition, state, lastCrawl, createdAt, running }: Crawler) {
  const elapsed = running ? Date.now() - running.startedAt.getTime() : 0
  return {
    ...definition,
    State: state,
    CrawlElapsedTime: elapsed,
    CreationTime: createdAt,
    LastUpdated: createdAt,
    Version: 1,
    LastCrawl: lastCrawl,
  }
}
