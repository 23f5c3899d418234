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

const HAS_PATHS = ['json', 'xml']

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
    checkPositions(name, options.at, format, say)
    checkFrom(name, options.from, { format, header: sourceOptions.get('header') }, readFrom, say)
  }
}

function checkMarks(name: string, { options }: DraftColumn, say: Say) {
  const [group, decimal] = [options.group_mark, options.decimal_mark ?? '.']
  if (group === undefined || group !== decimal) return
  const hint = options.decimal_mark === undefined ? '; where "." parts groups, give decimal_mark as well: decimal_mark: ","' : ''
  say(['columns', name, 'group_mark'], `is "${group}", which is the decimal mark${hint}`)
}

function checkPositions(name: string, at: unknown, format: string | undefined, say: Say) {
  if (format !== 'fixed_width') {
    if (at !== undefined && format !== undefined) say(['columns', name, 'at'], `is for fixed_width; ${format} files name their columns`)
    return
  }
  if (at === undefined) return say(['columns', name], 'needs at, its positions in a line: { type: …, at: 1-10 }')
  const [first = 0, last = first] = String(at).split('-').map(Number)
  if (last < first) say(['columns', name, 'at'], `ends (${last}) before it begins (${first})`)
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
  if (Array.isArray(from) && source.format !== undefined && !HAS_PATHS.includes(source.format)) {
    say(path, `is a list, which is a path in JSON or XML; a column of ${source.format} has one name`)
  }
  if (source.format === 'fixed_width') say(path, 'is a name in the file, and fixed_width files have none; give the positions with at')
  if (source.format === 'csv' && source.header !== true) {
    say(path, 'names a column of the header, and the files have none: without `header: true` columns go by position')
  }
  const key = JSON.stringify(from)
  const twin = taken.get(key)
  if (twin !== undefined) say(path, `is also what column "${twin}" is read from; use derive to have a value twice`)
  taken.set(key, twin ?? name)
}
