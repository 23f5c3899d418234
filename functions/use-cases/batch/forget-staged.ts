import { tableNames } from '../../domain/names.ts'
import type { PartitionRegistry } from '../../ports/catalog.ts'
import type { Log } from '../../ports/telemetry.ts'

/**
 * The batch is over: its staged partitions leave the catalog, so that the table for debugging does not grow. Its files expire by themselves
 * (infra/storage.yml). A partition that cannot be removed now is only one row too many.
 */
export async function forgetStaged(
  { dataset, batchId }: { dataset: string; batchId: string },
  { registry, log }: { registry: Pick<PartitionRegistry, 'forget'>; log: Log },
): Promise<boolean> {
  try {
    await registry.forget(tableNames(dataset).staged, `batch_id = '${batchId}'`)
    return true
  } catch (error) {
    log.warn('the staged partitions of a batch that is over stay in the catalog', { batchId, error: String(error) })
    return false
  }
}
