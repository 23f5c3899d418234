import type { Clients } from '../aws/clients.ts'
import type { Operation } from '../aws/json-service.ts'
import { createCrawlers } from './crawlers.ts'
import type { Engine } from './engine.ts'
import { createJobs } from './job-runs.ts'
import { createQuality } from './quality-runs.ts'

/** What of Glue runs rather than stands in the catalog: crawlers, job runs, data quality. */
export function createGlue(deps: {
  /** Asked for at the first run, so that it may still be starting, or be started only then. */
  engine: () => Engine
  /** Clients that act under a role. */
  clientsOf: (roleArn: string) => Clients
  accessKeyOf: (roleArn: string) => string
  own: Clients
  workFolder: string
}) {
  const crawlers = createCrawlers(deps.clientsOf, deps.own)
  const jobs = createJobs(deps)
  const quality = createQuality(deps)
  const operations: Record<string, Operation> = { ...crawlers.operations, ...jobs.operations, ...quality.operations }
  return {
    operations,
    crawls: crawlers.counts,
    busy: () => crawlers.busy() || jobs.busy() || quality.busy(),
    stop: crawlers.stop,
  }
}
