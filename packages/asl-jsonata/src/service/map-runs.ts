import type { MapRunRecord } from '../records.ts'
import { findExecution } from './executions.ts'
import { page, requireArn, type Service, ServiceFailure, seconds } from './service.ts'

export function listMapRuns(service: Service, body: { executionArn: string; maxResults?: number; nextToken?: string }): unknown {
  findExecution(service, body.executionArn)
  const all = [...service.storage.mapRuns.values()].filter((run) => run.executionArn === body.executionArn)
  const { items, ...rest } = page(all.reverse(), body)
  const mapRuns = items.map(({ executionArn, mapRunArn, stateMachineArn, startDate, stopDate }) => ({
    executionArn,
    mapRunArn,
    stateMachineArn,
    startDate: seconds(startDate),
    stopDate: seconds(stopDate),
  }))
  return { mapRuns, ...rest }
}

export function describeMapRun(service: Service, { mapRunArn }: { mapRunArn: string }): unknown {
  const { stateMachineArn: _, startDate, stopDate, redriveDate, ...run } = find(service, mapRunArn)
  return { ...run, startDate: seconds(startDate), stopDate: seconds(stopDate), redriveDate: seconds(redriveDate) }
}

function find(service: Service, arn: string): MapRunRecord {
  const run = service.storage.mapRuns.get(requireArn(arn, 'mapRun'))
  if (!run) throw new ServiceFailure('ResourceNotFound', `Resource not found: '${arn}'`)
  return run
}
