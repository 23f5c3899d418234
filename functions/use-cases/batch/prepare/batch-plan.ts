import { batchInput } from '../../../domain/batch/execution-end.ts'
import { type BatchPlan, planSchema } from '../../../domain/batch/plan.ts'
import { planKey } from '../../../domain/names.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'

/** The plan of a batch, by the input of its execution. A batch that ran again may have a later plan. Undefined when there is none (any more). */
export async function readBatchPlan(
  { dataset, batchId, input }: { dataset: string; batchId: string; input: string },
  { lake, settings }: { lake: Pick<ObjectStore, 'getText'>; settings: { lakeBucket: string } },
): Promise<BatchPlan | undefined> {
  const { planUri } = batchInput(input) ?? {}
  const prefix = `s3://${settings.lakeBucket}/`
  const text = await lake.getText(planUri?.startsWith(prefix) ? planUri.slice(prefix.length) : planKey(dataset, batchId))
  return text === undefined ? undefined : planSchema.parse(JSON.parse(text))
}
