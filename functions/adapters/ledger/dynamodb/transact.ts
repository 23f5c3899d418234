import { setTimeout as sleep } from 'node:timers/promises'
import type { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb'
import { ThrottledError } from '../../../domain/errors.ts'
import { type LedgerTable, type Row, unmarshalled } from './table.ts'

export type ConditionalUpdate = Omit<NonNullable<NonNullable<TransactWriteCommandInput['TransactItems']>[number]['Update']>, 'TableName'>
export type UpdateOutcome = { written: true } | { written: false; existing: Row | undefined }

/** TransactWriteItems takes 100 items; no two of one call may be the same row. */
const TRANSACTION_LIMIT = 100
const CONCURRENT_TRANSACTIONS = 4
const MAX_ROUNDS = 8

/**
 * Conditional updates of different rows, a hundred a call. They need no atomicity: a transaction is only the one call that takes many
 * conditions. When some conditions fail those are set aside as outcomes and the rest is written again.
 */
export async function updateEach(updates: ConditionalUpdate[], table: LedgerTable): Promise<UpdateOutcome[]> {
  const outcomes = new Array<UpdateOutcome>(updates.length)
  const chunks: number[][] = []
  for (let start = 0; start < updates.length; start += TRANSACTION_LIMIT) {
    chunks.push(Array.from({ length: Math.min(TRANSACTION_LIMIT, updates.length - start) }, (_, index) => start + index))
  }
  const work = chunks[Symbol.iterator]()
  const worker = async () => {
    for (const chunk of work) await updateChunk(chunk, updates, outcomes, table)
  }
  await Promise.all(Array.from({ length: CONCURRENT_TRANSACTIONS }, worker))
  return outcomes
}

async function updateChunk(chunk: number[], updates: ConditionalUpdate[], outcomes: UpdateOutcome[], { client, tableName }: LedgerTable) {
  let pending = chunk
  for (let round = 0; pending.length > 0; round += 1) {
    const TransactItems = pending.map((index) => ({
      Update: { TableName: tableName, ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ...(updates[index] as ConditionalUpdate) } as const,
    }))
    try {
      await client.send(new TransactWriteCommand({ TransactItems }))
      for (const index of pending) outcomes[index] = { written: true }
      return
    } catch (error) {
      const reasons = cancellationReasons(error)
      let crowded = false
      pending = pending.filter((index, position) => {
        const reason = reasons[position]
        if (reason?.Code === 'ConditionalCheckFailed') {
          outcomes[index] = { written: false, existing: unmarshalled(reason.Item) }
          return false
        }
        crowded ||= reason?.Code !== undefined && reason.Code !== 'None'
        return true
      })
      if (crowded) {
        // TransactionConflict (another writer at the same row just now) or a throttle.
        if (round >= MAX_ROUNDS) throw new ThrottledError('the ledger is busy', { cause: error })
        await sleep(Math.random() * 50 * 2 ** Math.min(round, 5))
      }
    }
  }
}

/** Why a transaction was cancelled, item by item; any other error is thrown. */
function cancellationReasons(error: unknown): NonNullable<TransactionCanceledException['CancellationReasons']> {
  const reasons = (error as TransactionCanceledException).CancellationReasons
  if ((error as Error).name !== 'TransactionCanceledException' || reasons === undefined) throw error
  const fatal = reasons.find(({ Code }) => Code !== undefined && !EXPECTED_REASONS.has(Code))
  if (fatal) throw error
  return reasons
}

const EXPECTED_REASONS = new Set([
  'None',
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
])
