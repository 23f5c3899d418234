import type { ExecutionEnd } from '../../domain/batch/execution-end.ts'
import type { Contract } from '../../domain/contract/contract.ts'
import { lineageEvents } from '../../domain/lineage/lineage.ts'
import { lineageKey } from '../../domain/names.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { LineageReceiver } from '../../ports/publications.ts'
import type { Counters } from '../../ports/telemetry.ts'
import { readTableKind } from './prepare/changed-table.ts'
import { readRunFiles } from './read-run-files.ts'

export interface WriteLineageWorld {
  lake: Pick<ObjectStore, 'getText' | 'putText'>
  /** Absent where lineage is kept in the lake alone. */
  lineageReceiver?: LineageReceiver | undefined
  counters: Counters
  settings: { database: string }
}

/**
 * Adds the events of an ended execution to `runs/…/lineage.jsonl`, a line each; those that are there already are not added again. A receiver gets them first, so
 * that none is lost if this function dies in between. One that refuses them holds up nothing: the file has them.
 */
export async function writeLineage(
  { contract, batchId, end }: { contract: Contract; batchId: string; end: ExecutionEnd },
  { lake, lineageReceiver, counters, settings }: WriteLineageWorld,
): Promise<void> {
  if (end.startedAt === '' || end.stoppedAt === '') return
  const key = lineageKey(contract.dataset, batchId)
  const [before = '', files, kind] = await Promise.all([
    lake.getText(key),
    readRunFiles(contract.dataset, batchId, lake),
    readTableKind(contract.dataset, lake),
  ])
  const backfillId = backfillOf(end.input)
  const ended = { contract, batchId, end, ...files, ...(kind && { kind }), ...(backfillId && { backfillId }), database: settings.database }
  const known = new Set(before.split('\n'))
  const added = lineageEvents(ended).filter((event) => !known.has(JSON.stringify(event)))
  if (added.length === 0) return
  try {
    for (const event of added) await lineageReceiver?.post(event)
  } catch {
    counters.count('LineagePostsFailed', 1, { dataset: contract.dataset })
  }
  await lake.putText(key, `${before}${added.map((event) => JSON.stringify(event)).join('\n')}\n`)
}

function backfillOf(input: string): string | undefined {
  const { backfillId } = JSON.parse(input) as { backfillId?: unknown }
  return typeof backfillId === 'string' ? backfillId : undefined
}
