import { z } from 'zod'
import type { Batch } from '../../domain/batch/batch.ts'
import { batchIdentitySchema, batchSchema } from '../../domain/batch/batch.ts'
import { expectedJobSeconds, type JobTime, withJobTime } from '../../domain/batch/job-times.ts'
import type { Manifest } from '../../domain/batch/manifest/manifest.ts'
import { quarantineRate } from '../../domain/batch/manifest/manifest-summary.ts'
import { missingReferenceRate } from '../../domain/batch/manifest/missing-references.ts'
import { traitsOf } from '../../domain/batch/source.ts'
import { endedBatchDollars, jobSecondsOf } from '../../domain/cost/estimate.ts'
import type { JobTimes } from '../../ports/batches.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { Metric, Metrics } from '../../ports/telemetry.ts'
import { readRunFiles } from './read-run-files.ts'

/** A batch that failed while it was prepared has no job. */
export const recordMetricsInput = z.object({
  batch: batchIdentitySchema.extend({ job: batchSchema.shape.job.optional() }),
  failed: z.boolean(),
})

export interface RecordMetricsDeps {
  lake: Pick<ObjectStore, 'getText'>
  jobTimes: JobTimes
  metrics: Metrics
  clock: Clock
}

type MeasuredBatch = Pick<Batch, 'dataset' | 'batchId' | 'execution'> & { job?: Batch['job'] | undefined }

/** One value per metric and batch, by dataset. A halted batch is counted too: its rate is the one worth a graph. */
export async function recordMetrics(
  { batch, failed }: { batch: MeasuredBatch; failed: boolean },
  { lake, jobTimes, metrics, clock }: RecordMetricsDeps,
) {
  const { manifest, quality } = await readRunFiles(batch.dataset, batch.batchId, lake)
  const seconds = (clock.now().getTime() - new Date(batch.execution.startTime).getTime()) / 1000
  const values: Metric[] = [
    count(failed ? 'BatchesFailed' : 'BatchesSucceeded', 1),
    { name: 'DurationSeconds', value: Math.max(0, seconds), unit: 'Seconds' },
  ]
  if (manifest) {
    const jobSeconds = jobSecondsOf(manifest)
    // Where no row is read, a rate of 0 would end the alarm although bad files may continue.
    if (traitsOf(manifest.source).countsRows) values.push(...countsOf(manifest))
    values.push({ name: 'CurateSeconds', value: jobSeconds, unit: 'Seconds' })
    values.push(...(await elapsedOf(batch, { batchId: batch.batchId, source: manifest.source, seconds: jobSeconds }, jobTimes)))
    if (batch.job)
      values.push({ name: 'EstimatedDollars', value: endedBatchDollars(batch.job, { manifest, quality, failed }), unit: 'None' })
  }
  if (quality && quality.score !== null) values.push({ name: 'QualityScore', value: 100 * quality.score, unit: 'Percent' })
  // A run file that another program wrote wrongly must not hide the rest.
  const sound = values.filter(({ value }) => Number.isFinite(value))
  await metrics.put(batch.dataset, sound)
  return { recorded: sound.length }
}

const count = (name: string, value: number): Metric => ({ name, value, unit: 'Count' })

function countsOf(manifest: Manifest): Metric[] {
  const { rows, input, partitions, quarantine } = manifest
  const files = partitions.flatMap((partition) => partition.files)
  const missing = missingReferenceRate(manifest)
  return [
    count('RowsRead', rows.read),
    count('RowsWritten', rows.written),
    count('RowsDuplicate', rows.duplicates),
    count('RowsSuperseded', rows.superseded),
    count('RowsQuarantined', rows.quarantined),
    ...(rows.deleted === undefined ? [] : [count('RowsDeleted', rows.deleted)]),
    count('FilesRead', input.files),
    count('FilesWritten', files.length),
    count('FilesQuarantined', quarantine.files.length),
    count('PartitionsWritten', partitions.length),
    ...(missing === undefined ? [] : [{ name: 'MissingReferenceRate', value: 100 * missing, unit: 'Percent' as const }]),
    { name: 'QuarantineRate', value: 100 * quarantineRate(manifest), unit: 'Percent' },
    { name: 'BytesRead', value: input.bytes, unit: 'Bytes' },
    { name: 'BytesWritten', value: files.reduce((sum, file) => sum + file.bytes, 0), unit: 'Bytes' },
  ]
}

// How the job compares with its median, and remembers it for the next: kept by batch id, so that a retry of this state adds nothing.
async function elapsedOf({ dataset }: MeasuredBatch, time: JobTime, jobTimes: JobTimes): Promise<Metric[]> {
  if (!Number.isFinite(time.seconds)) return []
  const times = await jobTimes.read(dataset)
  await jobTimes.write(dataset, withJobTime(times, time))
  const expected = expectedJobSeconds(times, time)
  return expected === undefined ? [] : [{ name: 'JobElapsedRatio', value: time.seconds / expected, unit: 'None' }]
}
