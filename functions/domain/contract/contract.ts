import { createHash } from 'node:crypto'
import { z } from 'zod'
import { EXCLUDE_GLOB, isExcludeGlob } from './exclude-glob.ts'

/** A dataset's name: also a folder, a table prefix and part of an execution name, hence the narrow alphabet. */
export const DATASET_NAME = /^[a-z][a-z0-9_]{0,40}$/
/** Columns, partition keys and rules: what Glue, Hive and Spark take unquoted, and what is safe in a path. */
export const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

const identifier = z.string().regex(IDENTIFIER, 'must start with a letter or _ and hold only letters, digits and _')
const rate = z.number().min(0, 'must be between 0 and 1').max(1, 'must be between 0 and 1')
const sql = z.string().trim().min(1, 'must be a SQL expression')

const columnSchema = z.union([
  z
    .string()
    .trim()
    .min(1, 'must be a Spark SQL type')
    .transform((type) => ({ type })),
  z.strictObject({
    type: z.string().trim().min(1, 'must be a Spark SQL type'),
    /** Spark datetime pattern, for date and timestamp columns. */
    format: z.string().min(1).optional(),
  }),
])

const sourceSchema = z.strictObject({
  format: z.enum(['csv', 'json', 'parquet']),
  options: z
    .strictObject({
      header: z.boolean().optional(),
      delimiter: z.string().min(1).max(4).optional(),
      quote: z.string().length(1).optional(),
      escape: z.string().length(1).optional(),
      multiline: z.boolean().optional(),
      encoding: z.string().optional(),
      null_value: z.string().optional(),
    })
    .default({}),
  partition_keys: z.array(identifier).default([]),
  exclude: z.array(z.string().refine(isExcludeGlob, EXCLUDE_GLOB)).default(['**/_temporary/**', '**/_SUCCESS']),
})

const computeSchema = z.strictObject({
  worker_type: z.enum(['G.025X', 'G.1X', 'G.2X', 'G.4X', 'G.8X']).default('G.1X'),
  workers: z.number().int().min(2).max(299).default(2),
  timeout_minutes: z.number().int().min(1).max(2880).default(60),
  flex: z.boolean().default(false),
  auto_scaling: z.boolean().default(true),
})

/** The contract as a person writes it; field meanings are in docs/contract.md. */
export const contractSchema = z.strictObject({
  dataset: z.string().regex(DATASET_NAME, 'must match [a-z][a-z0-9_]{0,40}'),
  owner: z.string().min(1),
  description: z.string().optional(),
  source: sourceSchema,
  columns: z.record(identifier, columnSchema).refine((columns) => Object.keys(columns).length > 0, 'must name at least one column'),
  derive: z.record(identifier, sql).default({}),
  primary_key: z.array(identifier).min(1, 'must name at least one column'),
  latest_by: z.array(identifier).default([]),
  /** What to do with a column missing from a file, and with one that the contract does not know. */
  drift: z
    .strictObject({
      missing: z.enum(['null', 'quarantine', 'fail']).default('null'),
      unknown: z.enum(['ignore', 'fail']).default('ignore'),
    })
    .prefault({}),
  quarantine: z
    .strictObject({
      rules: z.record(identifier, sql).default({}),
      /** Default 0.01, or halt_rate where that is lower: bad rows are never set aside in silence. */
      warn_rate: rate.optional(),
      halt_rate: rate.default(1),
    })
    .transform((quarantine) => ({ ...quarantine, warn_rate: quarantine.warn_rate ?? Math.min(0.01, quarantine.halt_rate) }))
    .prefault({}),
  /** DQDL; without it nothing but the quarantine rate guards the table. */
  quality: z.string().trim().min(1).optional(),
  /** DQDL alias: dataset whose curated table it stands for. */
  references: z.record(identifier, z.string().regex(DATASET_NAME)).default({}),
  curated: z
    .strictObject({
      partition_by: z.array(identifier).default([]),
      target_file_mb: z.number().int().min(1).max(1024).default(128),
    })
    .prefault({}),
  compute: computeSchema.prefault({}),
  crawl: z.enum(['always', 'new-partitions']).default('always'),
})

export type ContractSource = z.infer<typeof contractSchema>

/** A checked contract with every default filled in, and the version that its content gives it. */
export type Contract = ContractSource & { version: string }

/** The first 12 hex digits of the SHA-256 of the contract's canonical JSON: equal contracts have equal versions. */
export function contractVersion(contract: ContractSource): string {
  return createHash('sha256').update(canonicalJson(contract)).digest('hex').slice(0, 12)
}

// Key order is kept for columns and rules, since it is the order of the table's columns.
function canonicalJson(contract: ContractSource): string {
  const { version: _version, ...content } = contract as Contract
  return JSON.stringify(content)
}
