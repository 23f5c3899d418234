import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { execa } from 'execa'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { jarsFolder, python, pythonEnvironment, root } from '../../setup/places.mjs'
import type { ContractTest } from './test-file.ts'

/** What the job made of one test's rows. Values of `curated` are texts; `types` are Spark's. */
export type Outcome =
  | {
      types: Record<string, string>
      curated: Record<string, unknown>[]
      quarantined: Record<string, unknown>[]
      failedRules?: { rule: string; message: string }[]
    }
  | { error: string }

/**
 * Runs the tests in one Spark; the answers are in their order.
 * @throws Error when Spark itself could not run
 */
export async function runExamples(tests: ContractTest[], contracts: Map<string, Contract>): Promise<Outcome[]> {
  if (tests.length === 0) return []
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  try {
    const answer = join(folder, 'outcomes.json')
    const run = await execa(python, [join(root, 'cli', 'examples', 'spark', 'examples.py'), answer], {
      input: JSON.stringify({ jars: join(jarsFolder, '*.jar'), examples: tests.map((test) => asRequest(test, contracts)) }),
      env: pythonEnvironment(),
      cwd: folder,
      reject: false,
    })
    if (run.exitCode !== 0) throw new Error(`Spark could not run the tests: ${run.stderr.trim().split('\n').slice(-3).join('\n')}`)
    return JSON.parse(await readFile(answer, 'utf8'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function asRequest({ dataset, file, example, written }: ContractTest, contracts: Map<string, Contract>) {
  const contract = contracts.get(dataset)
  const { rows, text, path, references, expect } = example
  const keys = contract?.source.partition_keys ?? []
  return {
    contract,
    rows: rows ?? null,
    texts: rows?.map((row, place) => asWritten(row, written.rows?.[place])) ?? null,
    text: text ?? null,
    path: path === undefined ? null : resolve(dirname(file), path),
    partition: keys.map((key) => String(written.partition?.[key] ?? example.partition[key] ?? 'example')),
    rules: expect.failed_rules ? (contract?.quality ?? null) : null,
    references: Object.fromEntries(
      Object.entries(references).map(([alias, given]) => [
        alias,
        {
          types: typesOf(contracts.get(contract?.references[alias] ?? '')),
          rows: given.map((row, place) => asWritten(row, written.references?.[alias]?.[place])),
        },
      ]),
    ),
  }
}

/** As the file has it: NULL is nothing, and 5.00 stays 5.00. */
const asWritten = (row: Record<string, unknown>, written: Record<string, unknown> = {}) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === null || typeof value === 'object' ? value && JSON.stringify(value) : String(written[name] ?? value),
    ]),
  )

const typesOf = (contract: Contract | undefined) =>
  Object.fromEntries(Object.entries(contract?.columns ?? {}).map(([name, { type }]) => [name, type]))
