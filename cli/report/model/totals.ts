import { sumOfRows } from '../../../functions/domain/batch/manifest/row-counts.ts'
import type { DatasetFacts } from '../facts.ts'
import type { BatchModel, Totals } from './model.ts'

export function totalsOf({ batches, quarantine }: DatasetFacts, models: BatchModel[]): Totals {
  const rows = sumOfRows(models.map((batch) => batch.rows))
  const table = new Map<string, number>()
  // A published partition replaces what stood: the newest count is the table's.
  for (const { status, manifest } of batches) {
    if (status === 'succeeded') for (const partition of manifest?.partitions ?? []) table.set(partition.path, partition.rows)
  }
  const costs = models.flatMap(({ cost }) => (cost ? [cost.total] : []))
  return {
    batches: models.length,
    succeeded: models.filter(({ status }) => status === 'succeeded').length,
    failed: models.filter(({ status }) => status === 'failed').length,
    rows,
    tableRows: sum([...table.values()]),
    tablePartitions: [...table.values()].filter((count) => count > 0).length,
    inQuarantine: quarantine?.rows ?? null,
    dollars: costs.length === 0 ? null : Math.round(sum(costs) * 10_000) / 10_000,
    batchesWithCost: costs.length,
  }
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
