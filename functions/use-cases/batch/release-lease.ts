import type { Batch } from '../../domain/batch/batch.ts'
import type { Leases } from '../../ports/leases.ts'

/** Gives the lease back; no error when it was never held, or when another owner has it by now. */
export async function releaseLease({ batch }: { batch: Pick<Batch, 'dataset' | 'execution'> }, { leases }: { leases: Leases }) {
  await leases.release(batch.dataset, batch.execution.id)
  return { released: true }
}
