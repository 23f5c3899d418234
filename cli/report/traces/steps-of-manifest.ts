import type { BatchFacts } from '../facts.ts'
import type { TraceStep } from './execution-trace.ts'

/** Without the execution's history: what the batch's own files say of when things happened. */
export function stepsOfManifest({ startedAt, closedAt, plan, manifest, quality }: BatchFacts): TraceStep[] {
  const start = Date.parse(startedAt)
  const step = (name: string, from: string, to: string): TraceStep => ({
    name,
    from: tenths(Date.parse(from) - start),
    seconds: tenths(Date.parse(to) - Date.parse(from)),
    state: 'done',
  })
  if (!manifest) return []
  const steps = [step('Prepare', plan?.createdAt ?? startedAt, manifest.startedAt), step('Curate', manifest.startedAt, manifest.finishedAt)]
  if (quality && !quality.skipped) steps.push(step('Judge quality', manifest.finishedAt, quality.judgedAt))
  if (quality && closedAt !== null) steps.push(step('Publish', quality.judgedAt, closedAt))
  return steps.filter(({ from, seconds }) => from >= 0 && seconds > 0)
}

const tenths = (ms: number) => Math.round(ms / 100) / 10
