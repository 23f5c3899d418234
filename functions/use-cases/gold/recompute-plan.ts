import { type Execution, type IngestInput, manualBatchId } from '../../domain/batch/batch.ts'
import { type BatchPlan, planSource } from '../../domain/batch/plan.ts'
import { traitsOf } from '../../domain/batch/source.ts'
import { InvalidInputError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'

/**
 * A gold dataset has no raw partitions and no quarantine: a batch by hand, or of a backfill, makes its whole table anew.
 * @throws InvalidInputError for an input that asks for a part of it
 */
export function recomputePlan(input: IngestInput, execution: Execution, clock: Clock): BatchPlan {
  const { dataset, source, partitions, push_down_predicate } = input
  if (source !== undefined && traitsOf(source).reads === 'quarantine')
    throw new InvalidInputError(`source: ${dataset} is a gold dataset, which has no quarantine; leave source out to compute it anew`)
  if (partitions || push_down_predicate !== undefined) {
    const field = partitions ? 'partitions' : 'push_down_predicate'
    throw new InvalidInputError(`${field}: ${dataset} is a gold dataset, and a batch by hand computes all of it; leave ${field} out`)
  }
  const createdAt = clock.now().toISOString()
  return { dataset, batchId: manualBatchId(dataset, execution), ...planSource('recompute'), predicates: [], objects: [], createdAt }
}
