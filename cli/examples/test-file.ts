import { parseDocument } from 'yaml'
import { z } from 'zod'
import type { FileProblem } from '../../functions/domain/contract/file.ts'
import { fieldName } from '../../functions/domain/contract/file.ts'
import { type LineOf, readYaml } from '../../functions/domain/contract/yaml.ts'

/** `orders.test.yml` beside `orders.yml`. */
export const TEST_ENDING = /\.test\.ya?ml$/

const rows = z.array(z.record(z.string(), z.unknown()))

const example = z
  .strictObject({
    name: z.string().min(1),
    rows: rows.optional(),
    text: z.string().optional(),
    path: z.string().optional(),
    partition: z.record(z.string(), z.unknown()).default({}),
    references: z.record(z.string(), rows).default({}),
    expect: z
      .strictObject({
        curated: rows.optional(),
        quarantined: z.array(z.looseObject({ reasons: z.array(z.string()).optional() })).optional(),
        failed_rules: z.array(z.string()).optional(),
      })
      .refine((given) => Object.keys(given).length > 0, 'expects nothing: give curated, quarantined or failed_rules'),
  })
  .refine((given) => [given.rows, given.text, given.path].filter((each) => each !== undefined).length === 1, {
    message: 'give the file as one of rows, text or path',
  })

const testFile = z.strictObject({ tests: z.array(example).min(1, 'has no test') })

type Example = z.infer<typeof example>
type Row = Record<string, unknown>

/** One test of a file. Rows come twice: with the values that YAML gives them, and as they are written (5.00 is not 5). */
export interface ContractTest {
  dataset: string
  file: string
  name: string
  line: number
  example: Example
  written: { rows?: Row[]; partition?: Row; references?: Record<string, Row[]>; expect: { curated?: Row[]; quarantined?: Row[] } }
  /** The line of a field below this test. */
  lineOf: LineOf
}

/** Reads a file of tests; never throws for what users wrote. */
export function readTestFile(text: string, file: string, dataset: string): { tests: ContractTest[]; problems: FileProblem[] } {
  const yaml = readYaml(text)
  if ('problems' in yaml) return { tests: [], problems: yaml.problems.map((problem) => ({ file, field: '(YAML)', ...problem })) }
  const parsed = testFile.safeParse(yaml.value)
  if (!parsed.success) return { tests: [], problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, file, yaml.lineOf)) }
  // Without types each scalar is the text that is written there.
  const written = parseDocument(text, { schema: 'failsafe' }).toJS() as { tests: ContractTest['written'][] }
  const tests = parsed.data.tests.map(
    (each, place): ContractTest => ({
      ...{ dataset, file, name: each.name, example: each, written: written.tests[place] ?? { expect: {} } },
      line: yaml.lineOf(['tests', place]),
      lineOf: (path, textLine) => yaml.lineOf(['tests', place, ...path], textLine),
    }),
  )
  return { tests, problems: [] }
}

function problemsOf(issue: z.core.$ZodIssue, file: string, lineOf: LineOf): FileProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  const at = (field: typeof path, message: string) => ({ file, line: lineOf(field), field: fieldName(field), message })
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => at([...path, key], 'is not a field of a test'))
  if (issue.code === 'invalid_type' && /received undefined/.test(issue.message)) return [at(path, 'is missing')]
  if (issue.code === 'invalid_type') return [at(path, `must be ${KINDS[issue.expected] ?? issue.expected}`)]
  return [at(path, issue.message)]
}

const KINDS: Record<string, string> = { array: 'a list', record: 'a mapping', object: 'a mapping', string: 'a text' }
