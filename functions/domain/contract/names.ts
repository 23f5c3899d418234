import { z } from 'zod'

/** A dataset's name: also a folder, a table prefix and part of an execution name, so its alphabet is small. */
export const DATASET_NAME = /^[a-z][a-z0-9_]{0,40}$/
/** Columns, partition keys and rules: what Glue, Hive and Spark take unquoted, and what is safe in a path. */
export const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

export const datasetName = z.string().regex(DATASET_NAME, 'must match [a-z][a-z0-9_]{0,40}')
export const identifier = z.string().regex(IDENTIFIER, 'must start with a letter or _ and hold only letters, digits and _')
export const sql = z.string().trim().min(1, 'must be a SQL expression')
