import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { ContractDraft } from '../../functions/domain/contract/draft.ts'
import { jarsFolder, python, pythonEnvironment, root } from '../../setup/places.mjs'

/** What Spark says of one contract. */
export interface SparkFindings {
  problems: { path: (string | number)[]; message: string; textLine?: number }[]
  /** Derived column → the type that Spark gives it. */
  derivedTypes: Record<string, string>
  /** Of a gold dataset whose SQL is right: column → pairs of source dataset and column. */
  madeOf: Record<string, [source: string, column: string][]>
  /** Each DQDL rule that parses. rows: judges single rows; gate: measures the batch; not run: the engine lacks it. */
  rules: { rule: string; textLine: number; power: 'rows' | 'gate' | 'not run' }[]
}

/**
 * Asks Spark and Deequ about types, SQL, datetime patterns and DQDL; the answers are in the order of the drafts.
 * @throws Error when Spark itself could not run
 */
export async function askSpark(drafts: ContractDraft[]): Promise<SparkFindings[]> {
  if (drafts.length === 0) return []
  const folder = await mkdtemp(join(tmpdir(), 'sluice-validate-'))
  try {
    const answer = join(folder, 'findings.json')
    const jars = join(jarsFolder, '*.jar')
    const checker = join(root, 'cli', 'contracts', 'spark', 'check.py')
    const run = await execa(python, [checker, answer], {
      input: JSON.stringify({ jars, contracts: drafts.map(asRequest) }),
      env: pythonEnvironment(),
      cwd: folder,
      reject: false,
    })
    if (run.exitCode !== 0) throw new Error(`Spark could not check the contracts: ${lastLines(run.stderr)}`)
    return JSON.parse(await readFile(answer, 'utf8'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function asRequest(draft: ContractDraft) {
  return {
    dataset: draft.dataset ?? '',
    format: draft.format ?? '',
    columns: Object.fromEntries([...(draft.columns ?? [])].map(([name, { type, options }]) => [name, { type, format: options.format }])),
    derive: written(draft.derive),
    rules: written(draft.rules),
    deleteWhen: draft.deleteWhen ?? null,
    partitionKeys: draft.partitionKeys.map((key) => key.name),
    partitionBy: draft.partitionBy.map((key) => key.name),
    quality: draft.quality ?? null,
    references: written(draft.references),
    foreignKeys: written(draft.foreignKeys),
    primaryKey: draft.primaryKey.map((key) => key.name),
    gold: draft.gold && { sql: draft.gold.sql ?? '', sources: Object.fromEntries(draft.gold.sources) },
    reconcile: Object.fromEntries(draft.reconcile),
  }
}

function written(texts: Map<string, string | undefined>): Record<string, string> {
  return Object.fromEntries([...texts].flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])))
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join('\n')
}
