import type { ExecutionEnd } from '../../domain/batch/execution-end.ts'
import type { Contract } from '../../domain/contract/contract.ts'
import { lineageEvents } from '../../domain/lineage/lineage.ts'
import { lineageKey } from '../../domain/names.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { readTableKind } from './prepare/changed-table.ts'
import { readRunFiles } from './read-run-files.ts'

export interface WriteLineageWorld {
  lake: Pick<ObjectStore, 'getText' | 'putText'>
  settings: { database: string }
}

/** Adds the events of an ended execution to `runs/…/lineage.jsonl`, a line each; those that are there already are not added again. */
export async function writeLineage(
  { contract, batchId, end }: { contract: Contract; batchId: string; end: ExecutionEnd },
  { lake, settings }: WriteLineageWorld,
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
  const lines = lineageEvents(ended).map((event) => JSON.stringify(event))
  const added = lines.filter((line) => !known.has(line))
  if (added.length > 0) await lake.putText(key, `${before}${added.join('\n')}\n`)
}

function backfillOf(input: string): string | undefined {
  const { backfillId } = JSON.parse(input) as { backfillId?: unknown }
  return typeof backfillId === 'string' ? backfillId : undefined
}
