import { z } from 'zod'
import { EXCLUDE_GLOB, isExcludeGlob } from '../exclude-glob.ts'
import { identifier } from '../names.ts'

const options = z
  .strictObject({
    header: z.boolean().optional(),
    delimiter: z.string().min(1).max(4).optional(),
    quote: z.string().length(1).optional(),
    escape: z.string().length(1).optional(),
    multiline: z.boolean().optional(),
    encoding: z.string().optional(),
    /** Texts that are read as NULL, beside the empty value. */
    null_values: z.array(z.string()).min(1).optional(),
    /** One such text; `null_values` is the list. */
    null_value: z.string().optional(),
  })
  .transform(({ null_value: one, ...rest }) => ({
    ...rest,
    // In single quotes YAML takes \t as two characters.
    ...(rest.delimiter !== undefined && { delimiter: rest.delimiter.replaceAll('\\t', '\t') }),
    ...(one !== undefined && rest.null_values === undefined && { null_values: [one] }),
  }))

export const source = z.strictObject({
  format: z.enum(['csv', 'json', 'parquet']),
  options: options.prefault({}),
  partition_keys: z.array(identifier).default([]),
  exclude: z.array(z.string().refine(isExcludeGlob, EXCLUDE_GLOB)).default(['**/_temporary/**', '**/_SUCCESS']),
})

export type SourceFormat = z.infer<typeof source>['format']
/** As a person may write them. */
export type SourceOption = keyof z.input<typeof options>
