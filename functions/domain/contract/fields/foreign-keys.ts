import { z } from 'zod'
import { DATASET_NAME, IDENTIFIER, identifier } from '../names.ts'
import { EVERY } from './expect.ts'

/** Dataset and column that `in` names; undefined of a text that names none. */
export function parentOf(text: string): { dataset: string; column: string } | undefined {
  const [dataset = '', column = '', ...more] = text.split('.')
  return more.length === 0 && DATASET_NAME.test(dataset) && IDENTIFIER.test(column) ? { dataset, column } : undefined
}

/** Column → the column of another dataset's table that has its values. */
export const foreignKeys = z.record(
  identifier,
  z
    .strictObject({
      in: z.string().refine((text) => parentOf(text) !== undefined, 'must be <dataset>.<column>, such as customers.customer_id'),
      /**
       * warn: the rows are published and counted. quarantine: they are set aside as missing_reference:<column>. wait: they are set aside as
       * waiting_for:<column>, and judged again when the parent publishes.
       */
      on_missing: z.enum(['warn', 'quarantine', 'wait'], { error: 'must be warn, quarantine or wait' }).default('warn'),
      /** Rows that wait longer raise an alert. */
      within: z.string().regex(EVERY, 'is a number with minutes, hours or days, such as 1 day').optional(),
    })
    .refine(({ on_missing, within }) => within === undefined || on_missing === 'wait', {
      path: ['within'],
      message: 'is for rows that wait; write on_missing: wait, or remove it',
    }),
)

export type ForeignKeys = z.infer<typeof foreignKeys>

/** Rows may wait so long where the contract has no `within`. */
export const WITHIN = '1 day'

/** Those that set rows aside until their parent has the key, as [column, parent, within]. */
export const waitingKeys = (keys: ForeignKeys = {}): { column: string; parent: string; within: string }[] =>
  Object.entries(keys).flatMap(([column, { in: parent, on_missing, within = WITHIN }]) =>
    on_missing === 'wait' ? [{ column, parent: parentOf(parent)?.dataset ?? '', within }] : [],
  )
