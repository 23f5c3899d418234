import type { ContractDraft } from '../draft.ts'
import { encodingProblem } from '../encodings.ts'
import { SOURCE_OPTIONS, type SourceFormat, type SourceOption } from '../fields/source.ts'
import { LANDERS, type LanderName } from '../landers.ts'
import type { Say } from './problem.ts'

const LINE_END = /[\r\n]/

/** The options belong to the format, and their values can be read. */
export function checkSource(draft: ContractDraft, say: Say): void {
  const { format, sourceOptions: options } = draft
  if (draft.lander !== undefined) return checkLander(draft, draft.lander, say)
  if (draft.sourceFields?.has('format') === false)
    say(
      ['source', 'format'],
      `is missing; give the format of the files, or name a source that Sluice lands itself: ${Object.keys(LANDERS).join(', ')}`,
    )
  const path = (option: string) => ['source', 'options', option]
  const own: readonly SourceOption[] | undefined = SOURCE_OPTIONS[format as SourceFormat]
  for (const option of options.keys()) {
    const others = Object.entries<readonly SourceOption[]>(SOURCE_OPTIONS).filter(([, known]) => known.includes(option as SourceOption))
    if (own !== undefined && others.length > 0 && !own.includes(option as SourceOption))
      say(path(option), `is an option of ${others.map(([name]) => name).join(' and ')}; ${format} does not have it`)
  }
  const text = (option: SourceOption, otherwise?: string) => {
    const value = options.get(option)
    return typeof value === 'string' ? value : otherwise
  }
  if (options.has('null_value') && options.has('null_values'))
    say(path('null_value'), 'is another word for null_values; put its text into that list')
  const encoding = text('encoding')
  const problem = encoding === undefined ? undefined : encodingProblem(encoding)
  if (problem) say(path('encoding'), problem)
  if (format === 'xml' && !options.has('row_tag')) say(['source', 'options'], 'needs row_tag, the name of the elements that are rows')
  if (format !== 'csv') return
  const [delimiter, quote, escape] = [text('delimiter', ',') as string, text('quote', '"') as string, text('escape')]
  if (LINE_END.test(delimiter)) say(path('delimiter'), 'holds a line end, which ends a record')
  if (delimiter.includes(quote)) say(path('delimiter'), `holds ${JSON.stringify(quote)}, which is the quote`)
  if (LINE_END.test(quote)) say(path('quote'), 'is a line end, which ends a record')
  if (escape !== undefined && LINE_END.test(escape)) say(path('escape'), 'is a line end, which ends a record')
  if (escape !== undefined && delimiter.includes(escape)) say(path('escape'), `is ${JSON.stringify(escape)}, which is in the delimiter`)
}

/** A lander decides how its files look; the contract does not. */
function checkLander(draft: ContractDraft, lander: LanderName, say: Say): void {
  const { sourceFields, partitionKeys, latestBy } = draft
  const { format, folder } = LANDERS[lander]
  for (const other of Object.keys(LANDERS) as LanderName[])
    if (other !== lander && sourceFields?.has(other))
      say(['source', other], `is beside ${lander}; a dataset has one source, so remove one of the two or write a contract for each`)
  if (sourceFields?.has('format')) say(['source', 'format'], `is ${format} where ${lander} lands the files; remove it`)
  if (sourceFields?.has('options')) say(['source', 'options'], `are about files that others write; ${lander} lands its own, so remove them`)
  for (const { index } of partitionKeys.slice(1))
    say(
      ['source', 'partition_keys', index],
      `is one too many; ${lander} writes a folder for each ${folder}, so give the name of that one key`,
    )
  // Extracts overlap, and a batch may be run again later: only the rows can tell which of two is the newer.
  if (lander === 'jdbc' && latestBy.length === 0)
    say(
      ['latest_by'],
      'is missing; extracts read a row again when it changes. Name the column of the watermark, or a derived one, such as derive: { extracted: extract_id }',
    )
  checkFullExtract(draft, say)
}

/** Rows that are gone come as rows of their key alone, which the contract must take for removals. */
function checkFullExtract({ jdbc, deleteWhen, columns, primaryKey }: ContractDraft, say: Say): void {
  if (!jdbc?.full) return
  const path = ['source', 'jdbc', 'mode']
  const op = [...(columns ?? [])].find(([name, { options }]) => (options.from ?? name) === EXTRACT_OP)
  if (op === undefined || deleteWhen === undefined)
    say(
      path,
      `needs ${EXTRACT_OP}, which is D in a row whose key is gone: a column such as op: { type: string, from: ${EXTRACT_OP} }, and delete_when: op = 'D'`,
    )
  const sources = primaryKey.map(({ name }) => columns?.get(name)?.options.from ?? name)
  // A row that moves to another part meanwhile could be read by no reader, and pass for one that is gone.
  if (jdbc.splitBy !== undefined && !sources.includes(jdbc.splitBy))
    say(
      ['source', 'jdbc', 'split', 'by'],
      `must be a column of the key where mode is full, since the others may change while the table is read`,
    )
}

/** As sluice_etl/extract/removed.py has it. */
const EXTRACT_OP = 'extract_op'
