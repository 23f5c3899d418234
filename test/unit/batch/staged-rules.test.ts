import { expect, it } from 'vitest'
import { stagedRules, writtenMessage, writtenRule } from '../../../functions/domain/batch/staged-rules.ts'

it.each([
  ['ColumnCount = 2', 'ColumnCount = 3'],
  ['ColumnCount >= 10', 'ColumnCount >= 11'],
  ['ColumnCount != 9', 'ColumnCount != 10'],
  ['ColumnCount between 2 and 9', 'ColumnCount between 3 and 10'],
  ['ColumnCount not in [1, 2]', 'ColumnCount not in [2, 3]'],
  ['(ColumnCount = 2) and (RowCount > 2)', '(ColumnCount = 3) and (RowCount > 2)'],
  ['ColumnNamesMatchPattern "order_.*"', 'ColumnNamesMatchPattern "(?:order_.*)|batch_id"'],
  ['CustomSql "select count(*) from primary where s = \'ColumnCount = 2\'" > 2', undefined],
  ['ColumnValues "ColumnCount" > 2', undefined],
])('%s is judged on the staged table as %s, and reported as it was written', (written, staged = written) => {
  expect(stagedRules(`Rules = [ ${written} ]`)).toBe(`Rules = [ ${staged} ]`)
  expect(writtenRule(staged)).toBe(written)
})

it('reports the number of columns without the batch column', () => {
  const message = (value: string) => `Value: ${value} does not meet the constraint requirement!`
  expect(writtenMessage('ColumnCount = 3', message('4'))).toBe(message('3'))
  expect(writtenMessage('ColumnCount = 3', message('4.0'))).toBe(message('3.0'))
  expect(writtenMessage('RowCount = 3', message('4'))).toBe(message('4'))
  expect(writtenMessage('ColumnCount = 3', null)).toBeNull()
})
