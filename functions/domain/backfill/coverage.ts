import type { BatchPlan } from '../batch/plan.ts'
import { type BatchRecord, isOver } from '../batch/record.ts'
import { claimsLandings, readsRawFiles } from '../batch/source.ts'
import { InvalidInputError } from '../errors.ts'
import { partitionPath } from '../partition/partition.ts'
import { selects } from '../partition/predicate-evaluation.ts'
import { parsePredicate } from '../partition/predicate-parser.ts'

export interface PlannedBatch {
  record: BatchRecord
  /** Undefined when the plan file is gone. */
  plan: BatchPlan | undefined
}

/** What the ledger knows of one raw partition. */
export interface Coverage {
  /** Of the newest batch that read it. */
  newest: 'running' | 'succeeded' | 'failed'
  everSucceeded: boolean
  /** A batch of the backfill in question has done it, or is at it. */
  byThisBackfill: boolean
}

/** Raw partition (as a path) → what became of it. `batches` come newest first; replays and compactions read no raw partition. */
export function coverageOf(
  batches: PlannedBatch[],
  partitions: Record<string, string>[],
  keys: string[],
  backfillId: string,
): Map<string, Coverage> {
  const known = new Map<string, Coverage>()
  for (const { record, plan } of batches) {
    if (!plan || !readsRawFiles(plan.source) || isOver(record.status)) continue
    const mine = isOfBackfill(record, backfillId) && record.status !== 'failed'
    for (const path of pathsRead(plan, partitions, keys)) {
      const before = known.get(path)
      const succeeded = record.status === 'succeeded'
      if (!before) known.set(path, { newest: record.status, everSucceeded: succeeded, byThisBackfill: mine })
      else {
        before.everSucceeded ||= succeeded
        before.byThisBackfill ||= mine
      }
    }
  }
  return known
}

function pathsRead(plan: BatchPlan, partitions: Record<string, string>[], keys: string[]): Set<string> {
  if (claimsLandings(plan.source)) return new Set(plan.objects.map((object) => partitionPath(object.partition, keys)))
  if (plan.predicates.length === 0) return new Set(partitions.map((partition) => partitionPath(partition, keys)))
  const predicates = plan.predicates.flatMap((text) => {
    try {
      return [parsePredicate(text, keys)]
    } catch (error) {
      // Written under a contract with other partition keys: it tells nothing about today's partitions.
      if (error instanceof InvalidInputError) return []
      throw error
    }
  })
  const read = partitions.filter((partition) => predicates.some((predicate) => selects(predicate, partition)))
  return new Set(read.map((partition) => partitionPath(partition, keys)))
}

function isOfBackfill(record: BatchRecord, backfillId: string): boolean {
  try {
    return (JSON.parse(record.input) as { backfillId?: string }).backfillId === backfillId
  } catch {
    return false
  }
}

/** Why a partition is skipped, or undefined when it is read. */
export function skipReason(only: 'missing' | 'failed' | 'all', coverage: Coverage | undefined, inCurated: boolean): string | undefined {
  if (coverage?.byThisBackfill) return 'done-by-this-backfill'
  if (only === 'all') return undefined
  if (coverage?.newest === 'running') return 'running'
  if (only === 'failed') return coverage?.newest === 'failed' ? undefined : 'not-failed'
  if (coverage?.everSucceeded) return 'succeeded'
  // The ledger forgets after 90 days; where a raw partition is a curated one too, the catalog remembers.
  return coverage === undefined && inCurated ? 'curated' : undefined
}
