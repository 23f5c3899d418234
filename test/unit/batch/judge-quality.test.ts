import { describe, expect, it } from 'vitest'
import { qualitySchema } from '../../../functions/domain/batch/quality.ts'
import type { BatchSource } from '../../../functions/domain/batch/source.ts'
import type { QualityRuleResult } from '../../../functions/ports/glue-jobs.ts'
import { judgeQuality } from '../../../functions/use-cases/batch/judge-quality.ts'
import { memoryLake } from './memory-lake.ts'

const rule = (name: string, result: string | undefined, message?: string): QualityRuleResult => ({
  name,
  description: `${name} of DQDL`,
  result,
  message,
})
const RUN = { RunId: 'dqrun-1', Status: 'SUCCEEDED', ResultIds: ['dqresult-1'] }

async function judge(
  results: Record<string, { score: number | undefined; rules: QualityRuleResult[] } | undefined>,
  { run = RUN as object, partitions = 1, ruleset = 'sluice-dev-orders' as string | null, source = 'raw' as BatchSource } = {},
) {
  const { lake, objects } = memoryLake()
  const asked: string[] = []
  const qualityResults = { find: async (id: string) => (asked.push(id), results[id]) }
  const clock = { now: () => new Date('2025-01-02T00:10:00Z') }
  const verdict = await judgeQuality(
    { batch: { dataset: 'orders', batchId: 'orders-b1', source, ruleset }, partitions, run },
    { qualityResults, lake, clock, stagedColumns: { read: async () => ({ rows: [], bytes: 0 }) } },
  )
  return { verdict, asked, file: qualitySchema.parse(JSON.parse(objects.get('runs/orders/orders-b1/quality.json') ?? 'null')) }
}

describe('judge-quality', () => {
  it('passes when every rule did, and writes down each', async () => {
    const { verdict, file } = await judge({ 'dqresult-1': { score: 1, rules: [rule('Rule_1', 'PASS'), rule('Rule_2', 'PASS')] } })
    expect(verdict).toEqual({ passed: true, skipped: null, score: 1, rulesPassed: 2, rulesFailed: 0, finding: 'every rule passed' })
    expect(file).toMatchObject({
      batchId: 'orders-b1',
      passed: true,
      runId: 'dqrun-1',
      rules: [{ name: 'Rule_1', outcome: 'PASSED', message: null }, {}],
    })
  })

  it('keeps the value that a rule was judged by, where there is one', async () => {
    const results: QualityRuleResult[] = [
      { ...rule('Completeness', 'PASS'), metrics: { 'Column.amount.Completeness': 0.97 } },
      { ...rule('Two', 'PASS'), metrics: { a: 1, b: 2 } },
      { ...rule('ColumnCount', 'PASS'), metrics: { 'Dataset.*.ColumnCount': 6 } },
    ]
    const { file } = await judge({ 'dqresult-1': { score: 1, rules: results } })
    expect(file.rules.map(({ observed }) => observed)).toEqual([0.97, undefined, 5])
  })

  it.each([
    ['a rule failed', [rule('Rule_1', 'PASS'), rule('Rule_2', 'FAIL', 'Value: 0.5')], 'Rule_2 of DQDL: Value: 0.5'],
    ['a rule could not be judged', [rule('Rule_1', 'ERROR', 'no such column')], 'Rule_1 of DQDL: no such column'],
    ['a rule has no outcome', [rule('Rule_1', undefined)], 'Rule_1 of DQDL: ERROR'],
    ['a rule has an outcome that we do not know', [rule('Rule_1', 'SKIPPED')], 'Rule_1 of DQDL: ERROR'],
    ['there is no rule', [], 'the quality result dqresult-1 holds no rule'],
  ])('blocks when %s', async (_, rules, finding) => {
    const { verdict, file } = await judge({ 'dqresult-1': { score: 1, rules } })
    expect(verdict).toMatchObject({ passed: false, finding })
    expect(file.passed).toBe(false)
  })

  it.each([
    ['failed', { ...RUN, Status: 'FAILED', ErrorString: 'no role' }, 'the quality run dqrun-1 ended as FAILED: no role'],
    ['was stopped', { ...RUN, Status: 'STOPPED' }, 'ended as STOPPED'],
    ['timed out', { ...RUN, Status: 'TIMEOUT' }, 'ended as TIMEOUT'],
    ['still runs', { ...RUN, Status: 'RUNNING' }, 'ended as RUNNING'],
    ['says nothing', {}, 'ended as unknown'],
    ['left no result', { ...RUN, ResultIds: [] }, 'left no result'],
    ['never told its results', { ...RUN, ResultIds: undefined }, 'left no result'],
  ])('blocks when the run %s', async (_, run, finding) => {
    const { verdict } = await judge({ 'dqresult-1': { score: 1, rules: [rule('Rule_1', 'PASS')] } }, { run })
    expect(verdict).toMatchObject({ passed: false, finding: expect.stringContaining(finding) })
  })

  it('reads every result and believes none that is missing', async () => {
    const run = { ...RUN, ResultIds: ['one', 'two'] }
    const passes = { score: 1, rules: [rule('Rule_1', 'PASS')] }
    const both = await judge({ one: passes, two: { ...passes, score: 0.9 } }, { run })
    expect(both.verdict).toMatchObject({ passed: true, score: 0.9, rulesPassed: 2 })
    expect((await judge({ one: passes }, { run })).verdict).toMatchObject({ passed: false, finding: 'the quality result two is missing' })
  })

  it('says so when there was nothing to judge', async () => {
    for (const [given, skipped] of [
      [{ ruleset: null }, 'no-ruleset'],
      [{ partitions: 0 }, 'nothing-staged'],
    ] as const) {
      const { verdict, file, asked } = await judge({}, { ...given, run: { Status: 'NOT_NEEDED' } })
      expect(verdict).toMatchObject({ passed: true, skipped, score: null })
      expect(file).toMatchObject({ passed: true, skipped })
      expect(asked).toEqual([])
    }
  })
})
