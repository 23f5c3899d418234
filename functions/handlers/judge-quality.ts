import { glueQualityResults } from '../adapters/glue/quality-results.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { type JudgeQualityDeps, judgeQuality, judgeQualityInput } from '../use-cases/batch/judge-quality.ts'

let deps: JudgeQualityDeps | undefined

/** State `Judge Quality` of ingest. It returns a verdict and throws only where it cannot judge; both stop what did not pass. */
export const handler = lambda(async (event: unknown) => judgeQuality(judgeQualityInput.parse(event), (deps ??= connect())))

function connect(): JudgeQualityDeps {
  const config = readConfig('LAKE_BUCKET_NAME')
  return { qualityResults: glueQualityResults(), lake: s3ObjectStore(config.LAKE_BUCKET_NAME), clock: { now: () => new Date() } }
}
