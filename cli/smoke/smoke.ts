import { setTimeout as sleep } from 'node:timers/promises'
import type { LogLine } from '../logs/log.ts'
import { canaryFile } from './canary.ts'
import { forgetAlert, Refused, type SmokeRun, STEPS, type Step } from './steps.ts'
import type { SmokeWorld } from './world.ts'

export interface StepResult {
  step: string
  seconds: number
  outcome: 'done' | 'refused' | 'out of time'
  /** What refused it, in its own words; or what it still waited for. */
  words?: string
}

/** What you may attach to an issue: ids and messages, no row. */
export interface SmokeBundle {
  id: string
  stage: string
  startedAt: string
  ok: boolean
  steps: StepResult[]
  ids: { key: string; batchId?: string; executionArn?: string; alertTopicArn: string }
  logs: { function: string; lines: LogLine[] }[]
}

export interface SmokeOptions {
  timeoutSeconds: number
  /** Between two looks. */
  everyMs: number
  /** A step is over, or waits for something else than before. */
  tell: (step: string, state: StepResult['outcome'] | 'waits', words?: string) => void
}

const LINES_KEPT = 20
const TROUBLE = /"level":"(WARN|ERROR)"|Task timed out|Runtime\.|Error|^cannot be read/

/** Lands a small file in the canary, and follows it to its table and an alert. */
export async function smoke(id: string, world: SmokeWorld, options: SmokeOptions): Promise<{ bundle: SmokeBundle; run: SmokeRun }> {
  const run: SmokeRun = { id, startedAt: world.clock.now(), file: canaryFile(id) }
  const steps: StepResult[] = []
  // An alert that an earlier run has left would hide that of this one.
  await forgetAlert(world)
  const deadline = run.startedAt.getTime() + options.timeoutSeconds * 1000
  const landing: Step = { name: 'the file lands', functions: [], look: () => land(run, world) }
  let failed: Step | undefined
  for (const step of [landing, ...STEPS]) {
    const result = await follow(step, run, world, { ...options, deadline })
    steps.push(result)
    options.tell(step.name, result.outcome, result.words)
    if (result.outcome === 'done') continue
    failed = step
    break
  }
  const { batchId, executionArn, file, startedAt } = run
  const ids = { key: file.key, ...(batchId && { batchId }), ...(executionArn && { executionArn }), alertTopicArn: world.alertTopicArn }
  const logs = failed ? await logsOf(failed, run, world) : []
  return { run, bundle: { id, stage: world.stage, startedAt: startedAt.toISOString(), ok: failed === undefined, steps, ids, logs } }
}

async function land({ file }: SmokeRun, { raw }: SmokeWorld): Promise<undefined> {
  await raw.putText(file.key, file.text, { contentType: 'text/csv' })
}

async function follow(
  step: Step,
  run: SmokeRun,
  world: SmokeWorld,
  { everyMs, tell, deadline }: SmokeOptions & { deadline: number },
): Promise<StepResult> {
  const began = world.clock.now().getTime()
  const result = (outcome: StepResult['outcome'], words?: string): StepResult => ({
    step: step.name,
    seconds: Math.round((world.clock.now().getTime() - began) / 1000),
    outcome,
    ...(words !== undefined && { words }),
  })
  let told: string | undefined
  for (;;) {
    try {
      const waitsFor = await step.look(run, world)
      if (waitsFor === undefined) return result('done')
      if (world.clock.now().getTime() >= deadline) return result('out of time', `still waits for ${waitsFor}`)
      if (waitsFor !== told) tell(step.name, 'waits', waitsFor)
      told = waitsFor
    } catch (error) {
      // An SDK error has AWS's own words too: access that was denied, a key that may not be used.
      const { name, message } = error as Error
      return result('refused', error instanceof Refused ? message : `${name}: ${message}`)
    }
    await sleep(everyMs)
  }
}

async function logsOf({ functions }: Step, { startedAt }: SmokeRun, world: SmokeWorld): Promise<SmokeBundle['logs']> {
  const logs: SmokeBundle['logs'] = []
  for (const name of functions) {
    const lines = await world.logOf(name, startedAt).catch((error: Error) => [{ at: null, message: `cannot be read: ${error.message}` }])
    const kept = lines.filter(({ message }) => TROUBLE.test(message)).slice(-LINES_KEPT)
    if (kept.length > 0) logs.push({ function: name, lines: kept })
  }
  return logs
}
