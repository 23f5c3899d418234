import { z } from 'zod'
import { DATASET_NAME, IDENTIFIER, identifier } from '../names.ts'

/** Dataset and column that `in` names; undefined of a text that names none. */
export function parentOf(text: string): { dataset: string; column: string } | undefined {
  const [dataset = '', column = '', ...more] = text.split('.')
  return more.length === 0 && DATASET_NAME.test(dataset) && IDENTIFIER.test(column) ? { dataset, column } : undefined
}

/** Column → the column of another dataset's table that has its values. */
export const foreignKeys = z.record(
  identifier,
  z.strictObject({
    in: z.string().refine((text) => parentOf(text) !== undefined, 'must be <dataset>.<column>, such as customers.customer_id'),
    /** warn: the rows are published and counted. quarantine: they are set aside as missing_reference:<column>. */
    on_missing: z
      .enum(['warn', 'quarantine'], {
        error: ({ input }) =>
          input === 'wait'
            ? 'wait is not there yet; with quarantine the rows are set aside, and a replay brings them in once the parent has the key'
            : 'must be warn or quarantine',
      })
      .default('warn'),
  }),
)
