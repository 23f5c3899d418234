import { compose } from '../runtime/compose.ts'
import { clock, lake, qualityResults, stagedColumns } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { judgeQuality, judgeQualityInput } from '../use-cases/batch/judge-quality.ts'

const world = compose({ qualityResults, lake, stagedColumns, clock })

/** State `Judge Quality` of ingest. It returns a verdict and throws only where it cannot judge; both stop what did not pass. */
export const handler = lambda(async (event: unknown) => judgeQuality(judgeQualityInput.parse(event), world()))
