import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statusOf } from '../../cli/batches/dataset-status.ts'
import { connect } from '../../cli/deployment/connect.ts'
import { CANARY } from '../../cli/smoke/canary.ts'
import { cleanUp } from '../../cli/smoke/clean-up.ts'
import { smoke } from '../../cli/smoke/smoke.ts'
import { smokeWorld } from '../../cli/smoke/world.ts'
import { pauseDataset, unpauseDataset } from '../../functions/use-cases/intake/pause-dataset.ts'
import { packageOnce } from '../../laptop/pipeline/package-once.ts'
import { type Pipeline, startPipeline } from '../../laptop/pipeline.ts'
import { withoutQualityLibrary } from './without-quality-library.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-smoke-'))
const before = { ...process.env }
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  process.env = before
})

const CANARY_FOLDER = 'infra/canary'
let pipeline: Pipeline

/** The pipeline as a program outside it reaches it. */
async function world() {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: pipeline.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: pipeline.accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
  })
  return smokeWorld(await connect({ stage: 'dev' }), join(pipeline.workDir, 'logs'))
}
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(200)
}
const options = { timeoutSeconds: 240, everyMs: 200 }

describe('on a deployment that is well', () => {
  beforeAll(async () => {
    pipeline = await startPipeline({ contractsDir: CANARY_FOLDER })
  }, 600_000)
  afterAll(() => pipeline?.stop())

  it('a paused dataset records what lands, and its batch starts when it is resumed', async () => {
    const deployment = await world()
    await pauseDataset(CANARY, { by: 'ann', reason: 'repairs' }, deployment)
    mkdirSync(join(folder, 'input', CANARY, 'smoke=paused'), { recursive: true })
    writeFileSync(join(folder, 'input', CANARY, 'smoke=paused', 'rows.csv'), 'id,run,amount\na,r,1\n')
    await pipeline.land(join(folder, 'input'))
    // Its timer has gone off, and nothing came of it.
    await until(async () => {
      const { waiting, phase } = await statusOf(CANARY, deployment)
      return waiting.objects === 1 && phase === 'idle' && (await deployment.flows.read(CANARY)).revision > 2
    })
    expect(pipeline.batches()).toEqual([])
    expect(pipeline.crawls()).toEqual({ raw: 0, curated: 0 })
    expect(await statusOf(CANARY, deployment)).toMatchObject({
      phase: 'idle',
      paused: { by: 'ann', reason: 'repairs' },
      waiting: { objects: 1 },
    })
    await unpauseDataset(CANARY, deployment)
    await pipeline.settle()
    expect(pipeline.batches()).toMatchObject([{ dataset: CANARY, status: 'SUCCEEDED' }])
    expect(await statusOf(CANARY, deployment)).toMatchObject({ paused: null, queued: null, waiting: { objects: 0 } })
  }, 300_000)

  it('smoke follows its file to the table and the alert, and removes what it made', async () => {
    const deployment = await world()
    const told: string[] = []
    const tell = (step: string, state: string) => void (state === 'waits' || told.push(`${step}: ${state}`))
    const { bundle, run } = await smoke('20250131T120000Z-abcdef', deployment, { ...options, tell })
    expect(bundle.steps.filter(({ outcome }) => outcome !== 'done')).toEqual([])
    expect(told).toContain('the alert was sent: done')
    const alerts = (await pipeline.alerts()).map(({ kind, dataset }) => `${dataset} ${kind}`)
    expect(alerts).toContain(`${CANARY} quarantine-rate`)
    expect(await cleanUp(run, deployment, 200)).toEqual([])
    await pipeline.settle()
    expect([...(await pipeline.existing()).keys()]).toEqual([`${CANARY}/smoke=paused/rows.csv`])
    await pipeline.export(join(folder, 'left'))
    expect(readdirSync(join(folder, 'left', 'curated', CANARY))).toEqual(['run=r'])
    expect(existsSync(join(folder, 'left', 'quarantine', CANARY))).toBe(false)
  }, 300_000)
})

describe('on a deployment whose quality role lacks a permission', () => {
  beforeAll(async () => {
    pipeline = await startPipeline({
      contractsDir: CANARY_FOLDER,
      packageFolder: withoutQualityLibrary(await packageOnce(CANARY_FOLDER), join(folder, 'package')),
    })
  }, 600_000)
  afterAll(() => pipeline?.stop())

  it("smoke stops at the batch with AWS's own words, and takes the failed batch off the list", async () => {
    const deployment = await world()
    const { bundle, run } = await smoke('20250131T130000Z-abcdef', deployment, { ...options, tell: () => {} })
    expect(bundle.steps.at(-1)).toMatchObject({
      step: 'the batch succeeds',
      outcome: 'refused',
      words: expect.stringContaining('Error downloading from S3 for bucket: aws-glue-ml-data-quality-assets-'),
    })
    expect(bundle.ids.executionArn).toContain(bundle.ids.batchId)
    expect(await cleanUp(run, deployment, 200)).toEqual([])
    expect(await statusOf(CANARY, deployment)).toMatchObject({ failed: [], waiting: { objects: 0 } })
  }, 300_000)
})
