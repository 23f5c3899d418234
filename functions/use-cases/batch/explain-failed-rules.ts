import { BrokenRows } from '../../domain/batch/failed-rule/broken-rows.ts'
import { rowRule } from '../../domain/batch/failed-rule/rule-columns.ts'
import { type Manifest, manifestSchema } from '../../domain/batch/manifest/manifest.ts'
import type { Quality } from '../../domain/batch/quality.ts'
import { manifestKey } from '../../domain/names.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { StagedColumns } from '../../ports/staged-columns.ts'

export interface ExplainDeps {
  lake: Pick<ObjectStore, 'getText'>
  stagedColumns: StagedColumns
  clock: Clock
}

/** Of a large batch, rows beyond these are not looked at: people wait for the alert. */
const MOST_BYTES = 128 * 1024 * 1024
/** They are in memory while they are counted: the function has 1 GB. */
const MOST_ROWS = 1_000_000
const MOST_SECONDS = 20
const RULES_EXPLAINED = 10

/**
 * Adds to the message of each failed rule which rows broke it, as far as single rows can: `144 rows have origin PHL`. What cannot be read is left
 * out: the judgement is made, and nothing here may change it.
 */
export async function explainFailedRules(
  { dataset, batchId }: { dataset: string; batchId: string },
  rules: Quality['rules'],
  deps: ExplainDeps,
): Promise<Quality['rules']> {
  const failed = rules.filter(({ outcome }) => outcome === 'FAILED').slice(0, RULES_EXPLAINED)
  const manifest = failed.length > 0 ? await readManifest(dataset, batchId, deps.lake).catch(() => undefined) : undefined
  if (!manifest) return rules
  const until = deps.clock.now().getTime() + MOST_SECONDS * 1000
  const found = new Map<string, string>()
  for (const { name, description } of failed) {
    const sentence = await brokenRows(description, manifest, until, deps).catch(() => undefined)
    if (sentence !== undefined) found.set(name, sentence)
  }
  return rules.map((rule) => {
    const sentence = found.get(rule.name)
    return sentence === undefined ? rule : { ...rule, message: rule.message === null ? sentence : `${sentence}. ${rule.message}` }
  })
}

async function readManifest(dataset: string, batchId: string, lake: ExplainDeps['lake']): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse((await lake.getText(manifestKey(dataset, batchId))) ?? 'null'))
}

async function brokenRows(
  description: string,
  { partitions, quarantine }: Manifest,
  until: number,
  { stagedColumns, clock }: ExplainDeps,
): Promise<string | undefined> {
  const rule = rowRule(description)
  if (!rule) return undefined
  const broken = new BrokenRows(rule, quarantine.hidden ?? [])
  const files = partitions.flatMap((partition) => partition.files.map((file) => ({ ...file, values: partition.values })))
  let bytes = 0
  let rows = 0
  for (const file of files) {
    if (bytes >= MOST_BYTES || rows >= MOST_ROWS || clock.now().getTime() >= until) break
    const read = await stagedColumns.read(file, rule.columns, MOST_ROWS - rows)
    broken.add(read.rows)
    bytes += read.bytes
    rows += read.rows.length
  }
  return broken.sentence(rows === partitions.reduce((sum, partition) => sum + partition.rows, 0))
}
