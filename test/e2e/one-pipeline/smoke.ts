import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { statusOf } from '../../../cli/batches/dataset-status.ts'
import { connect } from '../../../cli/deployment/connect.ts'
import { CANARY } from '../../../cli/smoke/canary.ts'
import { cleanUp } from '../../../cli/smoke/clean-up.ts'
import { smoke } from '../../../cli/smoke/smoke.ts'
import { smokeWorld } from '../../../cli/smoke/world.ts'
import { pauseDataset, unpauseDataset } from '../../../functions/use-cases/intake/pause-dataset.ts'
import type { SharedPipeline } from './shared-pipeline.ts'

/** As a program outside the pipeline reaches it. */
export const worldOf = async ({ pipeline }: SharedPipeline) => smokeWorld(await connect({ stage: 'dev' }), join(pipeline.workDir, 'logs'))

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(200)
}
export const SMOKE_OPTIONS = { timeoutSeconds: 240, everyMs: 200 }

/** The canary dataset of a deployment that is well. */
export const smokeTests = (shared: SharedPipeline) =>
  describe('the canary dataset', () => {
    const batches = () => shared.pipeline.batches().filter(({ dataset }) => dataset === CANARY)

    it('a paused dataset records what lands, and its batch starts when it is resumed', async () => {
      const deployment = await worldOf(shared)
      await pauseDataset(CANARY, { by: 'ann', reason: 'repairs' }, deployment)
      const crawls = shared.pipeline.crawls()
      shared.write(`smoke/input/${CANARY}/smoke=paused/rows.csv`, 'id,run,amount\na,r,1\n')
      await shared.pipeline.land(shared.place('smoke/input'))
      // Its timer has gone off, and nothing came of it.
      await until(async () => {
        const { waiting, phase } = await statusOf(CANARY, deployment)
        return waiting.objects === 1 && phase === 'idle' && (await deployment.flows.read(CANARY)).revision > 2
      })
      expect(batches()).toEqual([])
      expect(shared.pipeline.crawls()).toEqual(crawls)
      expect(await statusOf(CANARY, deployment)).toMatchObject({
        phase: 'idle',
        paused: { by: 'ann', reason: 'repairs' },
        waiting: { objects: 1 },
      })
      await unpauseDataset(CANARY, deployment)
      await shared.pipeline.settle()
      expect(batches()).toMatchObject([{ dataset: CANARY, status: 'SUCCEEDED' }])
      expect(await statusOf(CANARY, deployment)).toMatchObject({ paused: null, queued: null, waiting: { objects: 0 } })
    }, 300_000)

    it('smoke follows its file to the table and the alert, and removes what it made', async () => {
      const deployment = await worldOf(shared)
      const told: string[] = []
      const tell = (step: string, state: string) => void (state === 'waits' || told.push(`${step}: ${state}`))
      const { bundle, run } = await smoke('20250131T120000Z-abcdef', deployment, { ...SMOKE_OPTIONS, tell })
      expect(bundle.steps.filter(({ outcome }) => outcome !== 'done')).toEqual([])
      expect(told).toContain('the alert was sent: done')
      const alerts = (await shared.pipeline.alerts()).map(({ kind, dataset }) => `${dataset} ${kind}`)
      expect(alerts).toContain(`${CANARY} quarantine-rate`)
      expect(await cleanUp(run, deployment, 200)).toEqual([])
      await shared.pipeline.settle()
      const landed = [...(await shared.pipeline.existing()).keys()]
      expect(landed.filter((key) => key.startsWith(`${CANARY}/`))).toEqual([`${CANARY}/smoke=paused/rows.csv`])
      await shared.pipeline.export(shared.place('smoke/left'))
      expect(readdirSync(shared.place('smoke/left/curated', CANARY))).toEqual(['run=r'])
      expect(existsSync(shared.place('smoke/left/quarantine', CANARY))).toBe(false)
    }, 300_000)
  })
