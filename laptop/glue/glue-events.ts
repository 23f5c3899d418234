import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import type { Clients } from '../aws/clients.ts'

/** Glue's own events, as EventBridge hands them to rules. */
export async function putGlueEvent(clients: Clients, detailType: string, detail: Record<string, unknown>, resources: string[] = []) {
  await clients.events.send(
    new PutEventsCommand({
      Entries: [{ Source: 'aws.glue', DetailType: detailType, Detail: JSON.stringify(detail), Resources: resources }],
    }),
  )
}
