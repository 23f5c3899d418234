import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { statusOf } from '../../cli/batches/dataset-status.ts'
import { CANARY } from '../../cli/smoke/canary.ts'
import { cleanUp } from '../../cli/smoke/clean-up.ts'
import { smoke } from '../../cli/smoke/smoke.ts'
import { packageOnce } from '../../laptop/pipeline/deploy/package-once.ts'
import { root } from '../../setup/places.mjs'
import { sharePipeline } from './one-pipeline/shared-pipeline.ts'
import { SMOKE_OPTIONS, worldOf } from './one-pipeline/smoke.ts'
import { withoutQualityLibrary } from './without-quality-library.ts'

const canary = readFileSync(join(root, 'infra', 'canary', `${CANARY}.yml`), 'utf8')
const shared = sharePipeline({ [`${CANARY}.yml`]: canary }, async (contractsDir) =>
  withoutQualityLibrary(await packageOnce(contractsDir), shared.place('package')),
)

describe('on a deployment whose quality role lacks a permission', () => {
  it("smoke stops at the batch with AWS's own words, and takes the failed batch off the list", async () => {
    const deployment = await worldOf(shared)
    const { bundle, run } = await smoke('20250131T130000Z-abcdef', deployment, { ...SMOKE_OPTIONS, tell: () => {} })
    expect(bundle.steps.at(-1)).toMatchObject({
      step: 'the batch succeeds',
      outcome: 'refused',
      words: expect.stringContaining('Error downloading from S3 for bucket: aws-glue-ml-data-quality-assets-'),
    })
    expect(shared.pipeline.batches()).toMatchObject([
      { status: 'FAILED', error: expect.stringMatching(/QualityGateError.*LAUNCH ERROR \| Error downloading/s) },
    ])
    expect(shared.pipeline.permissions().denials).toEqual([
      expect.objectContaining({ role: expect.stringContaining('QualityRole'), action: 's3:GetObject' }),
    ])
    expect(bundle.ids.executionArn).toContain(bundle.ids.batchId)
    expect(await cleanUp(run, deployment, 200)).toEqual([])
    expect(await statusOf(CANARY, deployment)).toMatchObject({ failed: [], waiting: { objects: 0 } })
  }, 300_000)
})
