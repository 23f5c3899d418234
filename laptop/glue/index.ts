import type { Clients } from '../aws/clients.ts'
import type { Operation } from '../aws/json-service.ts'
import type { AskAsService } from '../iam/service-role.ts'
import { createCrawlers, type KeptCrawler } from './crawlers.ts'
import type { Engine } from './engine.ts'
import { createJobs } from './job-runs.ts'
import { createQuality, type KeptQuality } from './quality-runs.ts'

/** What outlives the process: the rest is declared by the template. */
export interface KeptGlue {
  crawlers: Record<string, KeptCrawler>
  quality: KeptQuality
}

/** The parts of Glue that run: crawlers, job runs, data quality. The catalog is elsewhere. */
export function createGlue(deps: {
  /** Asked for at the first run, so that it may still be starting, or be started only then. */
  engine: () => Engine
  engineOf?: (roleArn: string) => Engine
  /** Clients that act under a role. */
  clientsOf: (roleArn: string) => Clients
  accessKeyOf: (roleArn: string) => string
  own: Clients
  workFolder: string
  askAsService: AskAsService
  /** Called with everything that a restart must find again. */
  keep?: (kept: KeptGlue) => void
}) {
  const onChange = () => deps.keep?.({ crawlers: crawlers.kept(), quality: quality.kept() })
  const crawlers = createCrawlers(deps.clientsOf, deps.own, onChange, deps.askAsService)
  const jobs = createJobs(deps)
  const quality = createQuality({ ...deps, onChange })
  const operations: Record<string, Operation> = { ...crawlers.operations, ...jobs.operations, ...quality.operations }
  return {
    operations,
    crawls: crawlers.counts,
    busy: () => crawlers.busy() || jobs.busy() || quality.busy(),
    async restore(kept: KeptGlue) {
      quality.restore(kept.quality)
      await crawlers.restore(kept.crawlers)
    },
    stop: crawlers.stop,
  }
}
