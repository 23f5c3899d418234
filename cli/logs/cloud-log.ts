import { CloudWatchLogsClient, paginateDescribeLogGroups, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs'
import { UsageError } from '../usage-error.ts'
import type { Log, LogLine, LogSelection } from './log.ts'

/** CloudWatch may show an event some seconds after later ones: so much is read again. */
const LATE_MS = 30_000

const groupsOf = (prefix: string) => `/aws/lambda/${prefix}-`

export async function cloudFunctions(prefix: string, client = new CloudWatchLogsClient({})): Promise<string[]> {
  const names: string[] = []
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, { logGroupNamePrefix: groupsOf(prefix) })) {
    names.push(...logGroups.map(({ logGroupName = '' }) => logGroupName.slice(groupsOf(prefix).length)))
  }
  return names.sort()
}

export function cloudLog(prefix: string, name: string, { since, match }: LogSelection, client = new CloudWatchLogsClient({})): Log {
  const seen = new Set<string>()
  let from = since.getTime()
  return async () => {
    const wanted = {
      logGroupName: groupsOf(prefix) + name,
      startTime: Math.max(since.getTime(), from - LATE_MS),
      ...(match !== undefined && { filterPattern: JSON.stringify(match) }),
    }
    const lines: LogLine[] = []
    try {
      for await (const { events = [] } of paginateFilterLogEvents({ client }, wanted)) {
        for (const { eventId = '', timestamp = 0, message = '' } of events) {
          from = Math.max(from, timestamp)
          if (seen.has(eventId)) continue
          seen.add(eventId)
          lines.push({ at: new Date(timestamp).toISOString(), message: message.trimEnd() })
        }
      }
    } catch (error) {
      if ((error as Error).name !== 'ResourceNotFoundException') throw error
      throw new UsageError(`${prefix} has no function "${name}"; it has ${(await cloudFunctions(prefix, client)).join(', ')}`)
    }
    // One stream of events after the other comes from CloudWatch, each in order.
    return lines.sort((left, right) => ((left.at ?? '') < (right.at ?? '') ? -1 : 1))
  }
}
