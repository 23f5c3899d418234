import type { ContractDraft } from '../draft.ts'
import { encodingProblem } from '../encodings.ts'
import type { SourceFormat, SourceOption } from '../fields/source.ts'
import type { Say } from './problem.ts'

/** The options that each format has. */
const OPTIONS: Record<SourceFormat, readonly SourceOption[]> = {
  csv: ['header', 'delimiter', 'quote', 'escape', 'multiline', 'encoding', 'null_values', 'null_value'],
  json: [],
  parquet: [],
}
const LINE_END = /[\r\n]/

/** The options belong to the format, and their values can be read. */
export function checkSource({ format, sourceOptions: options }: ContractDraft, say: Say): void {
  const path = (option: string) => ['source', 'options', option]
  const own = OPTIONS[format as SourceFormat]
  const known = new Set<string>(OPTIONS.csv)
  for (const option of options.keys()) {
    if (own !== undefined && known.has(option) && !own.includes(option as SourceOption))
      say(path(option), `is an option of csv; ${format} does not have it`)
  }
  if (format !== 'csv') return
  const text = (option: SourceOption, otherwise?: string) => {
    const value = options.get(option)
    return typeof value === 'string' ? value : otherwise
  }
  const [delimiter, quote, escape] = [text('delimiter', ',') as string, text('quote', '"') as string, text('escape')]
  if (LINE_END.test(delimiter)) say(path('delimiter'), 'holds a line end, which ends a record')
  if (delimiter.includes(quote)) say(path('delimiter'), `holds ${JSON.stringify(quote)}, which is the quote`)
  if (LINE_END.test(quote)) say(path('quote'), 'is a line end, which ends a record')
  if (escape !== undefined && LINE_END.test(escape)) say(path('escape'), 'is a line end, which ends a record')
  if (escape !== undefined && delimiter.includes(escape)) say(path('escape'), `is ${JSON.stringify(escape)}, which is in the delimiter`)
  if (options.has('null_value') && options.has('null_values'))
    say(path('null_value'), 'is another word for null_values; put its text into that list')
  const encoding = text('encoding')
  const problem = encoding === undefined ? undefined : encodingProblem(encoding)
  if (problem) say(path('encoding'), problem)
}
