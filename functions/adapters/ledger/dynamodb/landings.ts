import { BatchGetCommand, paginateQuery, QueryCommand } from '@aws-sdk/lib-dynamodb'
import {
  LANDING_SHARDS,
  type Landing,
  type LandingEvent,
  type LandingOutcome,
  LISTED,
  landingShard,
  sameChangeSince,
} from '../../../domain/landing/landing.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Landings } from '../../../ports/landings.ts'
import { epochSeconds, type LedgerTable, type Row } from './table.ts'
import { type ConditionalUpdate, updateEach } from './transact.ts'

/** Rows of what is done go after this; longer than the sweep looks back, so that it never takes an old object for a lost one. */
export const DONE_LANDING_DAYS = 45
const BATCH_GET_LIMIT = 100

const shardKey = (dataset: string, shard: string) => `LANDING#${dataset}#${shard}`
const rowKey = (dataset: string, key: string) => ({ pk: shardKey(dataset, landingShard(key)), sk: key })
const shards = Array.from({ length: LANDING_SHARDS }, (_, index) => String(index).padStart(2, '0'))

/** Rows LANDING#<dataset>#<shard> / <object key>; those that wait carry `waitingSince` and so are in the index `waiting`. */
export function dynamodbLandings(table: LedgerTable, clock: Clock): Landings {
  const expiry = () => epochSeconds(clock.now()) + DONE_LANDING_DAYS * 86_400
  const { client, tableName: TableName } = table

  return {
    async record(events) {
      const newest = newestByKey(events)
      const unique = [...newest.values()]
      const outcomes = await updateEach(
        unique.map((event) => recordUpdate(event, expiry())),
        table,
      )
      const byKey = new Map(
        unique.map((event, index) => {
          const outcome = outcomes[index]
          return [rowId(event), outcome?.written ? recorded(event) : refused(event, outcome?.existing)]
        }),
      )
      return events.map((event) => {
        const outcome = byKey.get(rowId(event)) as LandingOutcome
        return newest.get(rowId(event)) === event ? outcome : { outcome: 'duplicate', waiting: outcome.waiting }
      })
    },

    async *waiting(dataset, through) {
      for (const shard of shards) {
        const pages = paginateQuery(
          { client },
          {
            TableName,
            IndexName: 'waiting',
            ConsistentRead: true,
            KeyConditionExpression: through === undefined ? 'pk = :pk' : 'pk = :pk AND waitingSince <= :through',
            ExpressionAttributeValues: { ':pk': shardKey(dataset, shard), ...(through !== undefined && { ':through': through }) },
          },
        )
        for await (const { Items = [] } of pages) if (Items.length > 0) yield Items.map((row) => landingOf(dataset, row))
      }
    },

    async oldestWaiting(dataset) {
      const answers = await Promise.all(
        shards.map((shard) =>
          client.send(
            new QueryCommand({
              TableName,
              IndexName: 'waiting',
              ConsistentRead: true,
              Limit: 1,
              KeyConditionExpression: 'pk = :pk',
              ExpressionAttributeValues: { ':pk': shardKey(dataset, shard) },
            }),
          ),
        ),
      )
      return answers
        .flatMap(({ Items = [] }) => Items.map((row) => String(row.waitingSince)))
        .sort()
        .at(0)
    },

    async close(dataset, batchId, status, claimed) {
      const outcomes = await updateEach(
        claimed.map((object) => closeUpdate(dataset, batchId, status, object, expiry())),
        table,
      )
      return { closed: outcomes.filter(({ written }) => written).length }
    },

    async find(dataset, keys) {
      const found: Landing[] = []
      for (let start = 0; start < keys.length; start += BATCH_GET_LIMIT) {
        let Keys: Row[] | undefined = keys.slice(start, start + BATCH_GET_LIMIT).map((key) => rowKey(dataset, key))
        while (Keys && Keys.length > 0) {
          const answer: { Responses?: Record<string, Row[]>; UnprocessedKeys?: Record<string, { Keys: Row[] | undefined }> } =
            await client.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }))
          found.push(...(answer.Responses?.[TableName] ?? []).map((row) => landingOf(dataset, row)))
          Keys = answer.UnprocessedKeys?.[TableName]?.Keys
        }
      }
      return found
    },

    // Rows by the query cost a twelfth of rows by key: a unit of 4 KB holds a dozen of them.
    async between(dataset, first, last) {
      const found = await Promise.all(
        shards.map(async (shard) => {
          const rows: Landing[] = []
          const pages = paginateQuery(
            { client },
            {
              TableName,
              KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
              ExpressionAttributeValues: { ':pk': shardKey(dataset, shard), ':first': first, ':last': last },
            },
          )
          for await (const { Items = [] } of pages) rows.push(...Items.map((row) => landingOf(dataset, row)))
          return rows
        }),
      )
      return found.flat()
    },
  }
}

const rowId = ({ dataset, key }: LandingEvent) => `${dataset}/${key}`

/** One transaction must not name a row twice, and of two events of one key only the newer counts. */
export function newestByKey(events: LandingEvent[]): Map<string, LandingEvent> {
  const newest = new Map<string, LandingEvent>()
  for (const event of events) {
    const existing = newest.get(rowId(event))
    if (existing === undefined || event.sequencer > existing.sequencer) newest.set(rowId(event), event)
  }
  return newest
}

// The write of an unchanged event does not return whether its object waits. The message that recorded the object requests its crawl.
const recorded = ({ deleted, unchanged }: LandingEvent): LandingOutcome =>
  unchanged ? { outcome: 'duplicate', waiting: false } : { outcome: 'recorded', waiting: !deleted }
const refused = (event: LandingEvent, existing: Row | undefined): LandingOutcome => ({
  outcome: event.unchanged ? overtakenOrStale(event, existing) : duplicateOrStale(event, existing),
  waiting: existing?.status === 'waiting',
})
const overtakenOrStale = (event: LandingEvent, existing: Row | undefined) =>
  existing === undefined || String(existing.sequencer) < event.sequencer ? 'overtaken' : 'stale'
const duplicateOrStale = (event: LandingEvent, existing: Row | undefined) =>
  existing?.sequencer === event.sequencer || (existing?.restored === true && existing.etag === event.etag) ? 'duplicate' : 'stale'

// The condition is domain/landing.ts `supersedes`, for the database to judge; the contract suite holds the two together.
function recordUpdate(event: LandingEvent, expiry: number): ConditionalUpdate {
  if (event.unchanged) return touchUpdate(event)
  const base =
    'sequencer = :sequencer, #size = :size, etag = :etag, #partition = :partition, landedAt = :landedAt, recordedAt = :recordedAt, #status = :status, earlier = if_not_exists(sequencer, :none)'
  const update = event.deleted
    ? `SET ${base}, expiresAtEpoch = :epoch REMOVE waitingSince, batchId, restored`
    : `SET ${base}, waitingSince = :recordedAt${event.restored ? ', restored = :true' : ''} REMOVE batchId, expiresAtEpoch${event.restored ? '' : ', restored'}`
  return {
    Key: rowKey(event.dataset, event.key),
    UpdateExpression: update,
    ConditionExpression:
      'attribute_not_exists(pk) OR (sequencer < :sequencer AND (attribute_not_exists(restored) OR ((etag <> :etag OR landedAt < :since) AND ' +
      `(landedAt < :landedAt OR (landedAt = :landedAt${event.restored ? '' : ' AND NOT contains(sequencer, :listed)'})))))`,
    ExpressionAttributeNames: { '#partition': 'partition', '#status': 'status', '#size': 'size' },
    ExpressionAttributeValues: {
      ':sequencer': event.sequencer,
      ':size': event.size,
      ':etag': event.etag,
      ':partition': event.partition,
      ':landedAt': event.landedAt,
      ':since': sameChangeSince(event.landedAt),
      ...(!event.restored && { ':listed': LISTED }),
      ':recordedAt': event.recordedAt,
      ':status': event.deleted ? 'deleted' : 'waiting',
      ':none': '',
      ...(event.deleted && { ':epoch': expiry }),
      ...(event.restored && !event.deleted && { ':true': true }),
    },
  }
}

// domain/landing.ts `isStillKnown`.
function touchUpdate({ dataset, key, sequencer, etag }: LandingEvent): ConditionalUpdate {
  return {
    Key: rowKey(dataset, key),
    UpdateExpression: 'SET sequencer = :sequencer',
    ConditionExpression: 'sequencer < :sequencer AND etag = :etag AND #status = :done',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':sequencer': sequencer, ':etag': etag, ':done': 'done' },
  }
}

function closeUpdate(
  dataset: string,
  batchId: string,
  status: 'done' | 'failed',
  { key, sequencer }: { key: string; sequencer: string },
  expiry: number,
): ConditionalUpdate {
  const done = status === 'done'
  return {
    Key: rowKey(dataset, key),
    UpdateExpression: `SET #status = :status, batchId = :batch${done ? ', expiresAtEpoch = :epoch' : ''} REMOVE waitingSince`,
    // What is done stays done: word of an earlier failure may come last.
    ConditionExpression: done ? 'sequencer = :sequencer' : 'sequencer = :sequencer AND #status <> :done',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: {
      ':status': status,
      ':batch': batchId,
      ':sequencer': sequencer,
      ...(done ? { ':epoch': expiry } : { ':done': 'done' }),
    },
  }
}

function landingOf(dataset: string, row: Row): Landing {
  return {
    dataset,
    key: String(row.sk),
    sequencer: String(row.sequencer),
    size: Number(row.size),
    etag: String(row.etag),
    partition: row.partition as Record<string, string>,
    landedAt: String(row.landedAt),
    recordedAt: String(row.recordedAt),
    status: row.status as Landing['status'],
    ...(row.batchId !== undefined && { batchId: String(row.batchId) }),
    ...(row.restored === true && { restored: true }),
    // The sequencer of the content before.
    ...(row.earlier !== undefined && row.earlier !== '' && { relanded: true as const }),
  }
}
