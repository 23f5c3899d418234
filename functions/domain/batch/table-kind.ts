import { z } from 'zod'
import { type CommandTarget, NEXT_COMMANDS, sluiceCommand } from '../command/next-command.ts'
import { type Contract, TABLE_FORMATS } from '../contract/contract.ts'
import { evolvedKind, otherColumns } from '../iceberg/evolved-kind.ts'

/**
 * `tables/<dataset>.json` in the lake: what kind of rows the curated table has, in whichever of its partitions. The job states it (tables/kind.py), publishing
 * writes it before the first file. Types are Spark's; `columns` keeps those of columns that a later contract no longer has, since older files have them still.
 */
export const tableKindSchema = z.object({
  contractVersion: z.string(),
  columns: z.record(z.string(), z.string()),
  primaryKey: z.array(z.string()),
  partitionBy: z.array(z.string()),
  deleteWhen: z.string().optional(),
  /** Of an Iceberg table: earlier name of a column → the name that it got. */
  renamed: z.record(z.string(), z.string()).optional(),
  /** How it is stored; parquet where it is missing. */
  format: z.enum(TABLE_FORMATS).optional(),
  /** The rebuild that replaces the table by one of this kind, while it does: until it is done, some partitions are of the kind before. */
  unfinished: z.string().optional(),
})
export type TableKind = z.infer<typeof tableKindSchema>

/**
 * Where the contract would make of the table one of two kinds, in words; empty when it does not. A derived column has no type before Spark has seen it: the job
 * compares those.
 */
export function kindChanges(
  noted: TableKind,
  contract: Pick<Contract, 'columns' | 'derive' | 'primary_key' | 'latest_by' | 'curated' | 'gold' | 'delete_when'>,
): string[] {
  const isIceberg = contract.curated.format === 'iceberg'
  // A gold table is made of other tables: under another contract it is made anew, all of it. An Iceberg table keeps its columns all the same.
  if (contract.gold && !isIceberg) return []
  const { table, problems } = isIceberg ? evolvedKind(noted, contract) : { table: noted, problems: [] }
  const types = Object.entries(contract.columns).map(([name, { type }]) => [name, canonical(type)] as const)
  const changed = problems.concat(
    types.flatMap(([name, type]) => {
      const before = table.columns[name]
      const isWider = isIceberg && widens(before ?? '', type)
      return before === undefined || canonical(before) === type || isWider ? [] : [`column ${name} is ${type}, and was ${before}`]
    }),
  )
  if (contract.gold) return changed
  if (!sameNames(contract.primary_key.toSorted(), table.primaryKey.toSorted()))
    changed.push(`the primary key is ${list(contract.primary_key)}, and was ${list(table.primaryKey)}`)
  // Files of an Iceberg table keep the partitioning under which they were written.
  if (!isIceberg && !sameNames(contract.curated.partition_by, table.partitionBy))
    changed.push(`it is partitioned by ${list(contract.curated.partition_by)}, and was by ${list(table.partitionBy)}`)
  // Rows of older batches that would remove their key today are in the table.
  if (contract.delete_when !== table.deleteWhen)
    changed.push(`delete_when is ${contract.delete_when ?? 'nothing'}, and was ${table.deleteWhen ?? 'nothing'}`)
  return changed
}

const INTEGERS = ['tinyint', 'smallint', 'int', 'bigint']

/** Whether each value of the first type is the same value of the second, as the Iceberg spec's promotions of types have it (tables/iceberg/evolution/types.py). */
export function widens(before: string, after: string): boolean {
  const [from, to] = [canonical(before), canonical(after)]
  if (INTEGERS.includes(from)) return INTEGERS.indexOf(to) > INTEGERS.indexOf(from)
  const [had, has] = [from, to].map((type) => /^decimal\((\d+),(\d+)\)$/.exec(type)?.slice(1).map(Number))
  if (had && has) return had[1] === has[1] && Number(has[0]) > Number(had[0])
  return from === 'float' && to === 'double'
}

/** The command that replaces the table by one of the contract's kind. */
export const rebuildCommand = (dataset: string, target: CommandTarget) =>
  sluiceCommand(NEXT_COMMANDS.backfill(dataset, ['--rebuild']), target)

/** What is wrong where the table is stored in another way than the contract asks; a rebuild does not help. `target` where a command helps already. */
export function formatChange(
  table: TableKind,
  { dataset, curated }: Pick<Contract, 'dataset' | 'curated'>,
  target?: CommandTarget,
): string | undefined {
  const before = table.format ?? 'parquet'
  if (before === curated.format) return undefined
  const migrate = target && `, take the table over with: ${sluiceCommand(NEXT_COMMANDS.migrate(dataset, curated.format), target)}`
  return (
    `the table of ${dataset} is stored as ${before}, and its contract asks for ${curated.format}. ` +
    `Change curated.format back, or rename the dataset${migrate ?? ''}`
  )
}

/** Whether the table can be taken over into the format that the contract asks for: all else is as it was. */
export const isMigratable = (table: TableKind, contract: Contract) =>
  contract.curated.format === 'iceberg' && (table.format ?? 'parquet') === 'parquet' && migrationChanges(table, contract).length === 0

/** What differs beside the format, in words. */
export const migrationChanges = (table: TableKind, contract: Contract): string[] => [
  ...kindChanges(table, { ...contract, curated: { ...contract.curated, format: 'parquet' } }),
  ...otherColumns(table, contract),
]

/** What to do about it, for each place that refuses. */
export function changedTableMessage(
  { dataset, curated }: Pick<Contract, 'dataset' | 'curated'>,
  changes: string[],
  target: CommandTarget,
): string {
  const rebuild = `, rename the dataset, or rebuild the table from raw with: ${rebuildCommand(dataset, target)}`
  return (
    `the contract of ${dataset} differs from its existing table: ${changes.join('; ')}. A table has rows of one kind: change the contract back` +
    // A rebuild replaces the rows of an Iceberg table, and leaves its columns and partitioning.
    (curated.format === 'parquet' ? rebuild : ' or rename the dataset')
  )
}

/** The same where a rebuild has begun to replace the table and was cut off. */
export const unfinishedRebuildMessage = (dataset: string, batchId: string, target: CommandTarget) =>
  `the rebuild ${batchId} of ${dataset} has not ended, and until it does the table has partitions of two kinds: wait for it, finish it with: ` +
  `${sluiceCommand(NEXT_COMMANDS.redrive(batchId), target)}, or begin another with: ${rebuildCommand(dataset, target)}`

/** Spark's own word for a type that has several. */
const SPARK_WORDS: Record<string, string> = {
  byte: 'tinyint',
  short: 'smallint',
  integer: 'int',
  long: 'bigint',
  real: 'float',
  dec: 'decimal',
  numeric: 'decimal',
}
const canonical = (type: string) =>
  type
    .toLowerCase()
    .replaceAll(/\s+/g, '')
    .replaceAll(/\b[a-z]+\b/g, (word) => SPARK_WORDS[word] ?? word)
    .replaceAll(/\bdecimal\b(?!\()/g, 'decimal(10,0)')
const sameNames = (left: string[], right: string[]) => left.length === right.length && left.every((name, index) => name === right[index])
const list = (names: string[]) => (names.length === 0 ? 'nothing' : names.join(', '))
