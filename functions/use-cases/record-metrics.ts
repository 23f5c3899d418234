import { z } from 'zod'
import type { Batch } from '../domain/batch.ts'
import { batchIdentitySchema } from '../domain/batch.ts'
import { quarantineRate } from '../domain/manifest-summary.ts'
import type { Clock, Metric, Metrics, ObjectStore } from '../ports.ts'
import { readRunFiles } from './read-run-files.ts'

export const recordMetricsInput = z.object({ batch: batchIdentitySchema, failed: z.boolean() })

export interface RecordMetricsDeps {
  lake: Pick<ObjectStore, 'getText'>
  metrics: Metrics
  clock: Clock
}

/** One value a metric and batch, by dataset. A halted batch is counted too: its rate is the one worth a graph. */
export async function recordMetrics(
  { batch, failed }: { batch: Pick<Batch, 'dataset' | 'batchId' | 'execution'>; failed: boolean },
  { lake, metrics, clock }: RecordMetricsDeps,
) {
  const { manifest, quality } = await readRunFiles(batch.dataset, batch.batchId, lake)
  const seconds = (clock.now().getTime() - new Date(batch.execution.startTime).getTime()) / 1000
  const values: Metric[] = [
    { name: failed ? 'BatchesFailed' : 'BatchesSucceeded', value: 1, unit: 'Count' },
    { name: 'DurationSeconds', value: Math.max(0, seconds), unit: 'Seconds' },
  ]
  if (manifest) {
    const { rows, input, partitions, quarantine } = manifest
    const files = partitions.flatMap((partition) => partition.files)
    const count = (name: string, value: number): Metric => ({ name, value, unit: 'Count' })
    values.push(
      count('RowsRead', rows.read),
      count('RowsWritten', rows.written),
      count('RowsDuplicate', rows.duplicates),
      count('RowsSuperseded', rows.superseded),
      count('RowsQuarantined', rows.quarantined),
      count('FilesRead', input.files),
      count('FilesWritten', files.length),
      count('FilesQuarantined', quarantine.files.length),
      count('PartitionsWritten', partitions.length),
      { name: 'QuarantineRate', value: 100 * quarantineRate(manifest), unit: 'Percent' },
      { name: 'BytesRead', value: input.bytes, unit: 'Bytes' },
      { name: 'BytesWritten', value: files.reduce((sum, file) => sum + file.bytes, 0), unit: 'Bytes' },
      { name: 'CurateSeconds', value: (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 1000, unit: 'Seconds' },
    )
  }
  if (quality && quality.score !== null) values.push({ name: 'QualityScore', value: 100 * quality.score, unit: 'Percent' })
  // A run file that another program wrote wrongly must not hide the rest.
  const sound = values.filter(({ value }) => Number.isFinite(value))
  await metrics.put(batch.dataset, sound)
  return { recorded: sound.length }
}
