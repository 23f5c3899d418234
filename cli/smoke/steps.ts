import { endedWith } from '../../functions/domain/batch/failure.ts'
import { waitingSlots } from '../../functions/domain/batch/job-slots.ts'
import { planSchema } from '../../functions/domain/batch/plan.ts'
import { curatedPrefix, planKey, tableNames } from '../../functions/domain/names.ts'
import { CANARY, CANARY_ALERT, type CanaryFile } from './canary.ts'
import type { SmokeWorld } from './world.ts'

/** What is known of a run so far; the bundle has it. */
export interface SmokeRun {
  id: string
  startedAt: Date
  file: CanaryFile
  batchId?: string
  executionArn?: string
}

/** AWS, or Sluice, has refused: in its own words. */
export class Refused extends Error {
  override name = 'Refused'
}

export interface Step {
  name: string
  /** Functions whose logs tell more when the step does not end. */
  functions: readonly string[]
  /** One look. Returns what the step waits for; undefined when it is over. @throws Refused */
  look: (run: SmokeRun, world: SmokeWorld) => Promise<string | undefined>
}

/** From the raw bucket to the table and the alert, in this order. */
export const STEPS: readonly Step[] = [
  {
    name: 'the landing is recorded',
    functions: ['record-landings'],
    look: async ({ file }, { landings }) =>
      (await landings.find(CANARY, [file.key])).length > 0
        ? undefined
        : "S3's event, by EventBridge and the landings queue; a new bucket's events take up to five minutes to flow",
  },
  { name: 'a crawl sees the file', functions: ['start-crawl', 'start-batch'], look: lookForBatch },
  {
    name: 'the batch succeeds',
    functions: ['prepare-batch', 'read-manifest', 'judge-quality', 'publish-batch', 'confirm-partitions'],
    look: lookAtBatch,
  },
  { name: 'the rows are in the table', functions: ['publish-batch', 'confirm-partitions'], look: lookAtTable },
  { name: 'the alert was sent', functions: ['raise-alert'], look: lookForAlert },
]

async function lookForBatch(run: SmokeRun, world: SmokeWorld): Promise<string | undefined> {
  for (const { batchId, executionArn } of await world.batches.recent(CANARY, 5)) {
    const text = await world.lake.getText(planKey(CANARY, batchId))
    const plan = text === undefined ? undefined : planSchema.parse(JSON.parse(text))
    if (!plan?.objects.some(({ key }) => key === run.file.key)) continue
    Object.assign(run, { batchId, executionArn })
    return undefined
  }
  const pause = await world.pauses.find(CANARY)
  if (pause) throw new Refused(`${CANARY} is paused, since ${pause.at}, by ${pause.by}: resume it first`)
  const flow = await world.flows.read(CANARY)
  const { name, state, lastCrawl } = await world.rawCrawler(CANARY)
  if (flow.phase === 'requested' && flow.attempts > 0)
    throw new Refused(`crawler ${name}: ${lastCrawl?.error ?? lastCrawl?.status ?? state}`)
  if (flow.phase === 'requested') return `the raw crawl, which is due at ${flow.dueAt}`
  if (flow.phase === 'crawling') return `crawler ${name}, which is ${state}`
  return flow.phase === 'batching' ? `batch ${flow.batchId}, which runs before` : 'record-landings to request a crawl'
}

async function lookAtBatch({ executionArn = '' }: SmokeRun, world: SmokeWorld): Promise<string | undefined> {
  const execution = await world.executions.describe(executionArn)
  if (execution === undefined) return 'the execution to start'
  if (execution.status === 'SUCCEEDED') return undefined
  if (execution.status !== 'RUNNING') throw new Refused(endedWith(execution))
  const ahead = waitingSlots(await world.jobSlots.entries()).findIndex(({ owner }) => owner === executionArn)
  if (ahead >= 0) return `a job slot; ${ahead} batches asked before`
  return `state ${(await world.currentState(executionArn)) ?? 'Prepare Batch'}`
}

async function lookAtTable({ file }: SmokeRun, { lake, proof }: SmokeWorld): Promise<string | undefined> {
  const { curated } = tableNames(CANARY)
  const folder = `${curatedPrefix(CANARY)}run=${file.curatedPartition.run}/`
  const files: string[] = []
  for await (const page of lake.list(folder)) files.push(...page.map(({ key }) => key))
  if (files.length === 0) throw new Refused(`the batch succeeded, and there is no file below ${folder}`)
  const missing = await proof.missing(curated, [file.curatedPartition])
  if (missing.length > 0) throw new Refused(`the batch succeeded, and table ${curated} has no partition ${folder}`)
  return undefined
}

// SNS has the message once the state has nothing left to tell. Looking removes the state, so that the next run's alert is a new one.
async function lookForAlert(_run: SmokeRun, world: SmokeWorld): Promise<string | undefined> {
  const state = await world.alertStates.find(CANARY, CANARY_ALERT)
  await forgetAlert(world)
  if (state?.firing && state.untold === undefined) return undefined
  throw new Refused(`the batch had a bad row, and no alert ${CANARY_ALERT} reached ${world.alertTopicArn}`)
}

export async function forgetAlert({ alertStates }: SmokeWorld): Promise<void> {
  const state = await alertStates.find(CANARY, CANARY_ALERT)
  if (state !== undefined) await alertStates.remove(state)
}
