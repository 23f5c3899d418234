import type { Catalog, PartitionProof, PartitionRegistry } from '../../../../functions/ports/catalog.ts'
import type { Crawlers, CrawlerView } from '../../../../functions/ports/crawlers.ts'
import type { Simulation } from './simulation.ts'

export interface Crawl {
  dataset: string
  startedAt: number
  endedAt?: number
  status?: 'SUCCEEDED' | 'CANCELLED' | 'FAILED'
}

export interface GlueHooks {
  /** Partition folders that hold objects right now. */
  partitionsOf: (dataset: string) => string[]
  onEnd: (dataset: string, state: 'Succeeded' | 'Failed') => void
  failing: () => number
  hanging: () => number
}

/** Crawlers that take their time, fail, hang, and are started by strangers; and the partitions that they make known. */
export class SimulatedGlue {
  readonly crawls: Crawl[] = []
  readonly catalog = new Map<string, Set<string>>()
  readonly #running = new Map<string, { crawl: Crawl; seen: string[] }>()
  readonly #views = new Map<string, CrawlerView>()
  readonly #simulation: Simulation
  readonly #hooks: GlueHooks

  constructor(simulation: Simulation, hooks: GlueHooks) {
    this.#simulation = simulation
    this.#hooks = hooks
  }

  get busy(): boolean {
    return this.#running.size > 0
  }

  readonly crawlers: Crawlers = {
    get: async (name) => this.#view(datasetOf(name)),
    start: async (name) => this.start(datasetOf(name)),
    stop: async (name) => {
      if (this.#view(datasetOf(name)).state === 'RUNNING') this.#end(datasetOf(name), 'CANCELLED')
    },
  }

  readonly partitions: Catalog = {
    partitions: async (table) => {
      const known = this.catalog.get(table.replace(/_raw$/, '')) ?? new Set()
      return [...known].map((folder) => Object.fromEntries([folder.split('=') as [string, string]]))
    },
  }

  readonly proof: PartitionProof = {
    missing: async (table, partitions) => {
      const known = this.catalog.get(table.replace(/_raw$/, '')) ?? new Set()
      return partitions.filter((values) => !known.has(folderOf(values)))
    },
  }

  readonly registry: PartitionRegistry = {
    register: async (table, partitions) => {
      const dataset = table.replace(/_raw$/, '')
      const known = this.catalog.get(dataset) ?? new Set()
      for (const { values } of partitions) known.add(folderOf(values))
      this.catalog.set(dataset, known)
    },
    forget: async () => 0,
  }

  start(dataset: string): 'started' | 'busy' {
    if (this.#view(dataset).state !== 'READY') return 'busy'
    const crawl: Crawl = { dataset, startedAt: this.#simulation.now }
    this.crawls.push(crawl)
    // What lands while it runs it may or may not see; here it never does.
    this.#running.set(dataset, { crawl, seen: this.#hooks.partitionsOf(dataset) })
    this.#set(dataset, { state: 'RUNNING' })
    if (!this.#simulation.chance(this.#hooks.hanging())) {
      this.#simulation.after(this.#simulation.between(5_000, 150_000), () => {
        if (this.#running.get(dataset)?.crawl === crawl)
          this.#end(dataset, this.#simulation.chance(this.#hooks.failing()) ? 'FAILED' : 'SUCCEEDED')
      })
    }
    return 'started'
  }

  #end(dataset: string, status: 'SUCCEEDED' | 'CANCELLED' | 'FAILED'): void {
    const running = this.#running.get(dataset)
    if (running === undefined) return
    Object.assign(running.crawl, { endedAt: this.#simulation.now, status })
    if (status === 'SUCCEEDED') {
      const known = this.catalog.get(dataset) ?? new Set()
      for (const folder of running.seen) known.add(folder)
      this.catalog.set(dataset, known)
    }
    this.#running.delete(dataset)
    this.#set(dataset, { state: 'STOPPING' })
    // A stopped crawl has no event.
    if (status !== 'CANCELLED') this.#hooks.onEnd(dataset, status === 'SUCCEEDED' ? 'Succeeded' : 'Failed')
    this.#simulation.after(this.#simulation.between(0, 40_000), () => {
      this.#set(dataset, { state: 'READY', lastCrawl: { id: String(running.crawl.startedAt), status } })
    })
  }

  #view(dataset: string): CrawlerView {
    return this.#views.get(dataset) ?? { state: 'READY' }
  }
  #set(dataset: string, view: CrawlerView): void {
    this.#views.set(dataset, { lastCrawl: this.#views.get(dataset)?.lastCrawl, ...view } as CrawlerView)
  }
}

const folderOf = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join('/')
const datasetOf = (crawlerName: string) => crawlerName.slice('sluice-test-'.length, -'-raw'.length)
