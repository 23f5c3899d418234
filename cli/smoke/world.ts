import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn'
import { glueCrawlers } from '../../functions/adapters/glue/crawlers.ts'
import { gluePartitionProof } from '../../functions/adapters/glue/partition-proof.ts'
import { s3ObjectStore } from '../../functions/adapters/s3/object-store.ts'
import { rawCrawlerName } from '../../functions/domain/names.ts'
import type { PartitionProof } from '../../functions/ports/catalog.ts'
import type { CrawlerView } from '../../functions/ports/crawlers.ts'
import type { ObjectStore } from '../../functions/ports/object-store.ts'
import type { Deployment } from '../deployment/connect.ts'
import { cloudLog } from '../logs/cloud-log.ts'
import { laptopLog, laptopLogs } from '../logs/laptop-log.ts'
import type { LogLine } from '../logs/log.ts'

/** What smoke works with: a deployment, and AWS's own answers about what is under way there. */
export interface SmokeWorld extends Deployment {
  raw: ObjectStore
  proof: PartitionProof
  rawCrawler(dataset: string): Promise<CrawlerView & { name: string }>
  /** The state that the execution is in. Undefined before its first. */
  currentState(executionArn: string): Promise<string | undefined>
  /** The function's log from then on. */
  logOf(name: string, since: Date): Promise<LogLine[]>
}

/** @param logsFolder of a pipeline on this machine; AWS has its own logs */
export function smokeWorld(deployment: Deployment, logsFolder?: string): SmokeWorld {
  const { prefix, rawBucket, database } = deployment
  const executions = new SFNClient({})
  const crawlers = glueCrawlers()
  return {
    ...deployment,
    raw: s3ObjectStore(rawBucket),
    proof: gluePartitionProof(database),
    async rawCrawler(dataset) {
      const name = rawCrawlerName(prefix, dataset)
      return { name, ...(await crawlers.get(name)) }
    },
    async currentState(executionArn) {
      const { events = [] } = await executions.send(
        new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 50, includeExecutionData: false }),
      )
      return events.find(({ stateEnteredEventDetails }) => stateEnteredEventDetails)?.stateEnteredEventDetails?.name
    },
    logOf: async (name, since) => {
      if (logsFolder === undefined) return cloudLog(prefix, name, { since })()
      // A function that has not run has no log there.
      return laptopLogs(logsFolder, prefix).includes(name) ? laptopLog(logsFolder, prefix, name, { since })() : []
    },
  }
}
