import { z } from 'zod'
import { identifier } from '../names.ts'

const type = z.string().trim().min(1, 'must be a Spark SQL type')
/** One character that no number holds for another reason. */
const mark = z
  .string()
  .refine(
    (text) => [...text].length === 1 && !/[0-9A-Za-z+\-"\r\n]/.test(text),
    'must be one character that is no digit, letter, sign or quote',
  )

/** A column that is more than its type. What each option is for: docs/contract.md; which types take it: checks/columns.ts. */
const spelledOut = z.strictObject({
  type,
  /** Spark datetime pattern. */
  format: z.string().min(1).optional(),
  /** The column's name in the file. In JSON it is first looked up as a key, then as a dotted path; a list is always a path. */
  from: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)], { error: 'must be a name, or a list of names (a path in JSON)' })
    .optional(),
  /** Of an Iceberg table: the name that it had there until now. */
  renamed_from: identifier.optional(),
  /** Of fixed_width: its positions in a line, counted in characters from 1: "1-10", or one alone. */
  at: z
    .union([z.int().positive(), z.string().regex(/^[1-9]\d{0,5}(-[1-9]\d{0,5})?$/)], { error: 'must be positions in a line such as 1-10' })
    .optional(),
  decimal_mark: mark.optional(),
  group_mark: mark.optional(),
  round: z.literal('half_up').optional(),
  /** No alert and no report shows its values; of a key, unless `alerts.keys` does. */
  sensitive: z.boolean().optional(),
})

const column = z.union([type.transform((written) => ({ type: written }) as z.infer<typeof spelledOut>), spelledOut], {
  error: 'must be a Spark SQL type, or { type, format, … }',
})

/** Each column is in four tables of one CloudFormation template, which is at most 1 MB long. */
export const COLUMN_LIMIT = 5000

export const columns = z
  .record(identifier, column)
  .refine((all) => Object.keys(all).length > 0, 'must name at least one column')
  .refine((all) => Object.keys(all).length <= COLUMN_LIMIT, `must be at most ${COLUMN_LIMIT} columns; keep wide data in a map or struct`)

export type Column = z.infer<typeof spelledOut>
export type ColumnOption = Exclude<keyof Column, 'type'>
