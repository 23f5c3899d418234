import type { ContractDraft, DraftColumn } from '../draft.ts'
import type { ColumnOption } from '../fields/columns.ts'
import { patternProblem } from './datetime-pattern.ts'
import type { Say } from './problem.ts'

/** Which types take an option; options that are not here fit every type. */
const FITS: Partial<Record<ColumnOption, { type: RegExp; kind: string }>> = {
  format: { type: /^(date|timestamp(_ntz|_ltz)?)$/i, kind: 'date and timestamp columns' },
  decimal_mark: { type: /^(dec|decimal|numeric|double|float|real)\b/i, kind: 'decimal, double and float columns' },
  group_mark: {
    type: /^(dec|decimal|numeric|double|float|real|tinyint|smallint|int|integer|bigint|byte|short|long)\b/i,
    kind: 'number columns',
  },
  round: { type: /^(dec|decimal|numeric)\b/i, kind: 'decimal columns' },
}

/** Each option of a column fits its type, and the source's format. */
export function checkColumns({ columns, format, sourceOptions }: ContractDraft, say: Say): void {
  const readFrom = new Map<string, string>()
  for (const [name, column] of columns ?? []) {
    const { type, options } = column
    if (type?.includes('(') && !type.includes(')')) {
      say(['columns', name, 'type'], `is cut off at its comma ("${type}"); inside { } put the type in quotes: "decimal(12,2)"`)
    }
    for (const [option, { type: fits, kind }] of Object.entries(FITS)) {
      if (options[option as ColumnOption] !== undefined && type && !fits.test(type)) {
        say(['columns', name, option], `is for ${kind}, not ${type}`)
      }
    }
    const pattern = typeof options.format === 'string' ? patternProblem(options.format) : undefined
    if (pattern) say(['columns', name, 'format'], pattern)
    checkMarks(name, column, say)
    checkFrom(name, options.from, { format, header: sourceOptions.get('header') }, readFrom, say)
  }
}

function checkMarks(name: string, { options }: DraftColumn, say: Say) {
  const [group, decimal] = [options.group_mark, options.decimal_mark ?? '.']
  if (group === undefined || group !== decimal) return
  const hint = options.decimal_mark === undefined ? '; where "." parts groups, give decimal_mark as well: decimal_mark: ","' : ''
  say(['columns', name, 'group_mark'], `is "${group}", which is the decimal mark${hint}`)
}

function checkFrom(
  name: string,
  from: unknown,
  source: { format: string | undefined; header: unknown },
  taken: Map<string, string>,
  say: Say,
) {
  if (from === undefined) return
  const path = ['columns', name, 'from']
  if (Array.isArray(from) && source.format !== undefined && source.format !== 'json') {
    say(path, `is a list, which is a path in JSON; a column of ${source.format} has one name`)
  }
  if (source.format === 'csv' && source.header !== true) {
    say(path, 'names a column of the header, and the files have none: without `header: true` columns go by position')
  }
  const key = JSON.stringify(from)
  const twin = taken.get(key)
  if (twin !== undefined) say(path, `is also what column "${twin}" is read from; use derive to have a value twice`)
  taken.set(key, twin ?? name)
}
