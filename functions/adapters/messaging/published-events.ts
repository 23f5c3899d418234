import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { PUBLISHED_DETAIL_TYPE } from '../../domain/batch/publish/published-event.ts'
import { TransientDependencyError } from '../../domain/errors.ts'
import type { PublishedEvents } from '../../ports/publications.ts'

/** The account's default bus, under the source `sluice.<stage>`. */
export function eventBridgePublishedEvents(source: string, client = new EventBridgeClient({})): PublishedEvents {
  return {
    async send(event) {
      const { FailedEntryCount = 0, Entries = [] } = await client.send(
        new PutEventsCommand({
          Entries: [
            { Source: source, DetailType: PUBLISHED_DETAIL_TYPE, Detail: JSON.stringify(event), Time: new Date(event.publishedAt) },
          ],
        }),
      )
      // The call succeeds even if its one event is refused.
      if (FailedEntryCount > 0)
        throw new TransientDependencyError(`EventBridge refused the event of ${event.batchId}: ${Entries[0]?.ErrorCode}`)
    },
  }
}
