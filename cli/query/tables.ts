import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import { manifestSchema } from '../../functions/domain/batch/manifest/manifest.ts'
import { tableKindSchema } from '../../functions/domain/batch/table-kind.ts'
import { curatedPrefix, manifestKey, quarantinePrefix, tableKindKey } from '../../functions/domain/names.ts'
import { downloadPrefix } from '../../laptop/pipeline/state/object-folders.ts'
import { datasetsOf } from '../batches/dataset-status.ts'
import type { Deployment } from '../deployment/connect.ts'
import { UsageError } from '../usage-error.ts'

/** A folder of Parquet files, and its name in SQL. */
export interface FolderTable {
  name: string
  folder: string
  /** Column → Spark type, for the partition columns, which stand in paths. One that is missing is a string. */
  columns: Record<string, string>
  iceberg?: {
    /** Its folder in a run's output, or its metadata file. */
    location: string
    /** Read as it was after this batch, or at this tag. */
    at?: string
    /** Most rows that are read of it. */
    limit?: number
  }
}

const QUARANTINE = '_quarantine'

/**
 * The tables in the `--output` of `sluice run`: `<dataset>` and `<dataset>_quarantine`.
 * @throws UsageError when the folder has none
 */
export async function folderTables(folder: string): Promise<FolderTable[]> {
  const datasets = [...new Set([...(await namesIn(join(folder, 'curated'))), ...(await namesIn(join(folder, 'quarantine')))])].sort()
  if (datasets.length === 0)
    throw new UsageError(
      `--input ${folder}: has no table; name the --output of \`sluice run\` or \`sluice demo\`, whose batches have published`,
    )
  const tables = await Promise.all(
    datasets.map(async (dataset) => tablesOf(dataset, folder, await columnsOf(join(folder, 'runs', dataset), dataset))),
  )
  return tables.flat()
}

/**
 * The same tables, of which the one of the batch is read as it was after it. A tag of a month is of every Iceberg table that the SQL names.
 * @throws UsageError for a batch of no Iceberg table among them
 */
export function tablesAt(tables: FolderTable[], batchId: string, sql: string): FolderTable[] {
  const found = tables.filter(({ name }) => batchId.startsWith(`${name}-`)).sort((one, other) => other.name.length - one.name.length)[0]
  if (found === undefined && /^month_\d{4}_\d\d$/.test(batchId)) {
    const words = wordsOf(sql)
    if (!tables.some(({ name, iceberg }) => iceberg && words.has(name)))
      throw new UsageError(`--at ${batchId}: the SQL names no Iceberg table`)
    return tables.map((table) =>
      table.iceberg && words.has(table.name) ? { ...table, iceberg: { ...table.iceberg, at: batchId } } : table,
    )
  }
  if (found === undefined) throw new UsageError(`--at ${batchId}: is a batch of no table here`)
  if (found.iceberg === undefined)
    throw new UsageError(`--at ${batchId}: ${found.name} is stored as Parquet files, which keep no history; only Iceberg tables do`)
  return tables.map((table) => (table.iceberg && table === found ? { ...table, iceberg: { ...table.iceberg, at: batchId } } : table))
}

/** Names in the SQL, and more: what is none of a table does no harm. */
export const wordsOf = (sql: string): Set<string> => new Set(sql.toLowerCase().match(/\w+/g))

/** Copies of the tables that the SQL names, of the pipeline that `sluice up` keeps running; an Iceberg table is read where it is. */
export async function copiedTables(sql: string, deployment: Deployment, scratch: string): Promise<FolderTable[]> {
  const s3 = new S3Client({ forcePathStyle: true })
  const words = wordsOf(sql)
  const named = (await datasetsOf(deployment, undefined)).filter((dataset) => words.has(dataset) || words.has(dataset + QUARANTINE))
  const tables: FolderTable[] = []
  for (const dataset of named) {
    const location =
      (await deployment.contracts.find(dataset))?.curated.format === 'iceberg' && (await deployment.tables.find(dataset))?.metadataLocation
    if (words.has(dataset) && location) tables.push({ name: dataset, folder: resolve(scratch), columns: {}, iceberg: { location } })
    else if (words.has(dataset)) await downloadPrefix(s3, deployment.lakeBucket, curatedPrefix(dataset), scratch)
    if (words.has(dataset + QUARANTINE)) await downloadPrefix(s3, deployment.lakeBucket, quarantinePrefix(dataset), scratch)
    const kind = await deployment.lake.getText(tableKindKey(dataset))
    tables.push(...tablesOf(dataset, scratch, kind === undefined ? {} : tableKindSchema.parse(JSON.parse(kind)).columns))
  }
  return tables
}

function tablesOf(dataset: string, folder: string, columns: Record<string, string>): FolderTable[] {
  const tables = [
    { name: dataset, folder: resolve(folder, 'curated', dataset), columns },
    { name: dataset + QUARANTINE, folder: resolve(folder, 'quarantine', dataset), columns: {} },
  ]
  return tables
    .filter((table) => existsSync(table.folder))
    .map((table) => (existsSync(join(table.folder, 'metadata')) ? { ...table, iceberg: { location: table.folder } } : table))
}

/** Of the newest manifest: its batch's id ends in a time. */
async function columnsOf(runs: string, dataset: string): Promise<Record<string, string>> {
  for (const batchId of (await namesIn(runs)).sort().reverse()) {
    const text = await readFile(join(runs, '..', '..', manifestKey(dataset, batchId)), 'utf8').catch(() => undefined)
    const manifest = text === undefined ? undefined : manifestSchema.safeParse(JSON.parse(text)).data
    if (manifest?.table) return manifest.table.columns
  }
  return {}
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}
