import { z } from 'zod'
import { EXCLUDE_GLOB, isExcludeGlob } from '../exclude-glob.ts'
import { LANDER_FIELDS, LANDERS, landerOf } from '../landers.ts'
import { identifier } from '../names.ts'

const options = z
  .strictObject({
    header: z.boolean().optional(),
    delimiter: z.string().min(1).max(4).optional(),
    quote: z.string().length(1).optional(),
    escape: z.string().length(1).optional(),
    /** CSV: quoted values may hold line ends. JSON: arrays and objects over many lines, not an object a line. */
    multiline: z.boolean().optional(),
    encoding: z.string().optional(),
    /** Of a workbook: the sheet's name, or its place counted from 1. */
    sheet: z.union([z.string().min(1), z.int().positive()]).optional(),
    /** Of a sheet: the row with the names of its columns, counted from 1. */
    header_row: z.int().positive().optional(),
    /** Of XML: the name of the elements that are rows. */
    row_tag: z.string().min(1).optional(),
    /** What a packed file may unpack to. Without it: a gigabyte, or 200 times its size where that is more. */
    max_unpacked_gb: z.number().positive().max(10_000).optional(),
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

/** Each format with the options that it has. */
export const SOURCE_OPTIONS = {
  avro: [],
  csv: ['header', 'delimiter', 'quote', 'escape', 'multiline', 'encoding', 'max_unpacked_gb', 'null_values', 'null_value'],
  excel: ['sheet', 'header_row', 'null_values', 'null_value'],
  fixed_width: ['encoding', 'max_unpacked_gb', 'null_values', 'null_value'],
  json: ['multiline', 'max_unpacked_gb'],
  orc: [],
  parquet: [],
  xml: ['row_tag', 'max_unpacked_gb', 'null_values', 'null_value'],
} as const satisfies Record<string, readonly SourceOption[]>

export const source = z
  .strictObject({
    /** Of files; a lander has its own. */
    format: z.enum(Object.keys(SOURCE_OPTIONS) as [SourceFormat]).optional(),
    ...LANDER_FIELDS,
    options: options.prefault({}),
    partition_keys: z.array(identifier).optional(),
    exclude: z.array(z.string().refine(isExcludeGlob, EXCLUDE_GLOB)).default(['**/_temporary/**', '**/_SUCCESS']),
  })
  .transform(({ format, options, partition_keys, exclude, ...landers }) => {
    const name = landerOf(landers)
    const lander = name && LANDERS[name]
    return {
      // That one of the two is there is a check of its own.
      format: lander?.format ?? format ?? ('json' as const),
      options,
      partition_keys: partition_keys ?? lander?.partitionKeys ?? [],
      exclude,
      ...landers,
    }
  })

export type SourceFormat = keyof typeof SOURCE_OPTIONS
/** As a person may write them. */
export type SourceOption = keyof z.input<typeof options>
