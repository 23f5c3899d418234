import { expect, it } from 'vitest'
import { withoutHidden } from '../../../../cli/report/sensitive/hidden-values.ts'

const example = { id: '7', email: 'ana@example.com', _raw_record: '7,ana@example.com', _source_file: 's3://raw/a.csv', day: null }
const facts = { rows: 1, partitions: { 'day=1': 1 }, reasons: [{ reason: 'bad', files: { 'a.csv': 1 }, examples: [example] }] }

it('a report has no value of a hidden column, and no raw record that could hold one', () => {
  const shown = withoutHidden(facts, ['email'])
  expect(JSON.stringify(shown)).not.toContain('ana@')
  expect(shown.reasons[0]?.examples).toEqual([{ ...example, email: '(sensitive)', _raw_record: '(sensitive)' }])
  expect(shown).toMatchObject({ rows: 1, partitions: { 'day=1': 1 } })
})

it('a report of a contract that hides nothing has whole rows', () => {
  expect(withoutHidden(facts, [])).toEqual(facts)
})
