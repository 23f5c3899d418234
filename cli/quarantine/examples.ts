import type { Deployment } from '../deployment/connect.ts'
import { withCopies } from './copies.ts'
import { fetchFiles } from './fetch.ts'
import { type QuarantineSummary, quarantineScript } from './python-script.ts'
import type { QuarantinedBatch } from './quarantined-batches.ts'

/**
 * Example rows of each reason, and where they came from, out of as few files as hold enough: the newest of the batches that have
 * the reason, twice as many at each turn. `rows` says how many rows were looked at.
 */
export async function exampleRows(
  batches: QuarantinedBatch[],
  { wanted, examples }: { wanted: string[]; examples: number },
  deployment: Deployment,
): Promise<QuarantineSummary> {
  return withCopies(async (folder) => {
    let summary: QuarantineSummary = { rows: 0, reasons: [] }
    const fetched = new Set<string>()
    for (let atOnce = wanted.length; ; atOnce *= 2) {
      const lacking = wanted.filter((reason) => {
        const found = summary.reasons.find((each) => each.reason === reason)?.examples.length ?? 0
        return found < Math.min(examples, rowsWith(reason, batches))
      })
      const candidates = batches
        .filter(({ reasons }) => lacking.some((reason) => reason in reasons))
        .flatMap(({ files }) => files)
        .filter(({ key }) => !fetched.has(key))
        .slice(0, atOnce)
      if (candidates.length === 0) return summary
      await fetchFiles(candidates, folder, deployment)
      for (const { key } of candidates) fetched.add(key)
      summary = await quarantineScript<QuarantineSummary>('summary.py', folder, String(examples))
    }
  })
}

const rowsWith = (reason: string, batches: QuarantinedBatch[]) => batches.reduce((sum, { reasons }) => sum + (reasons[reason] ?? 0), 0)
