import { createHash } from 'node:crypto'
import { z } from 'zod'
import { columns } from './fields/columns.ts'
import { compute } from './fields/compute.ts'
import { expectation } from './fields/expect.ts'
import { foreignKeys } from './fields/foreign-keys.ts'
import { gold, reconcile } from './fields/gold.ts'
import { schedule } from './fields/schedule.ts'
import { source } from './fields/source.ts'
import { LANDERS, landerOf } from './landers.ts'
import { datasetName, identifier, sql } from './names.ts'

/** How the curated table is stored. Each is a folder of sluice_etl/tables. */
export const TABLE_FORMATS = ['parquet', 'iceberg'] as const

const rate = z.number().min(0, 'must be between 0 and 1').max(1, 'must be between 0 and 1')

const fields = z.strictObject({
  dataset: datasetName,
  owner: z.string().min(1),
  description: z.string().optional(),
  source: source.optional(),
  gold: gold.optional(),
  columns,
  derive: z.record(identifier, sql).default({}),
  primary_key: z.array(identifier).min(1, 'must name at least one column'),
  latest_by: z.array(identifier).default([]),
  /** True for a row that removes its key; the removal is remembered. */
  delete_when: sql.optional(),
  foreign_keys: foreignKeys.optional(),
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
  /** DQDL; without it only the quarantine rate guards the table. */
  quality: z.string().trim().min(1).optional(),
  reconcile: reconcile.optional(),
  /** DQDL alias: the dataset whose curated table it names. */
  references: z.record(identifier, datasetName).default({}),
  curated: z
    .strictObject({
      partition_by: z.array(identifier).default([]),
      format: z.enum(TABLE_FORMATS).default('parquet'),
      target_file_mb: z.number().int().min(1).max(1024).default(128),
      history_days: z.number().int().min(1).max(3650).optional(),
      /** When the table is compacted. */
      compact: schedule.optional(),
      /** How many ends of months an Iceberg table keeps by a tag. */
      month_ends: z.number().int().min(1).max(120).optional(),
      /** Columns that an Iceberg table no longer has. */
      drop_columns: z.array(identifier).optional(),
    })
    .prefault({}),
  /** Whether alerts and reports name the keys of rows; by default, those that are in no sensitive column. */
  alerts: z.strictObject({ keys: z.boolean().optional() }).optional(),
  /** When new rows are to be published; what is late raises an alert. */
  expect: expectation.optional(),
  compute: compute.prefault({}),
  /** Default `always`; `never` where a lander writes the files. */
  crawl: z.enum(['always', 'new-partitions', 'never']).optional(),
})

/** A gold dataset reads no files: of what is about files it has the emptiest. */
const NO_FILES: z.output<typeof source> = { format: 'parquet', options: {}, partition_keys: [], exclude: [] }

const defaultCrawl = (files: z.output<typeof source> = NO_FILES) => {
  const lander = landerOf(files)
  return lander ? LANDERS[lander].crawl : 'always'
}

/** The contract as a person writes it; field meanings are in docs/contract.md. That it has either source or gold is a check of its own. */
export const contractSchema = fields.transform((contract) => ({
  ...contract,
  source: contract.source ?? NO_FILES,
  crawl: contract.crawl ?? defaultCrawl(contract.source),
  // Its partitions are registered as they are published. No row of it is quarantined; its foreign keys have the usual rate.
  ...(contract.gold && {
    crawl: 'never' as const,
    quarantine: { ...contract.quarantine, warn_rate: contract.foreign_keys ? contract.quarantine.warn_rate : 1 },
  }),
}))

export type ContractSource = z.infer<typeof contractSchema>

/** A checked contract with every default filled in, and the version that its content gives it. */
export type Contract = ContractSource & { version: string }

/** Columns whose values no alert and no report shows. */
export const hiddenColumns = ({ columns, primary_key, alerts }: Pick<Contract, 'columns' | 'primary_key' | 'alerts'>) =>
  Object.keys(columns).filter((name) =>
    primary_key.includes(name) && alerts?.keys !== undefined ? !alerts.keys : columns[name]?.sensitive === true,
  )

/** The first 12 hex digits of the SHA-256 of the contract's canonical JSON: equal contracts have equal versions. */
export function contractVersion(contract: ContractSource): string {
  return createHash('sha256').update(canonicalJson(contract)).digest('hex').slice(0, 12)
}

// Key order is kept for columns and rules, since it is the order of the table's columns.
function canonicalJson(contract: ContractSource): string {
  const { version: _version, ...content } = contract as Contract
  return JSON.stringify(content)
}
