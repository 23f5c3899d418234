import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { formatChange, isMigratable, kindChanges, type TableKind, tableKindSchema } from '../../functions/domain/batch/table-kind.ts'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { tableKindKey } from '../../functions/domain/names.ts'

/** What is deployed would give an existing table rows of two kinds. */
export class TablesChanged extends Error {
  override name = 'TablesChanged'
}

interface Deployed {
  client: S3Client
  lakeBucket: string
  /** The package's artifacts/contracts. */
  folder: string
  /** Datasets whose table will be rebuilt (`--param rebuild`). */
  rebuild: string[]
  /** Datasets whose table will be migrated (`--param migrate`). */
  migrate: string[]
  warn: (message: string) => void
}

/**
 * Refuses to deploy a contract whose dataset has a table of another kind. Without the right to read the lake it only warns: the first batch is
 * refused then.
 * @throws TablesChanged naming each dataset, each field and the ways that are left
 */
export async function refuseChangedTables({ client, lakeBucket, folder, rebuild, migrate, warn }: Deployed): Promise<void> {
  const refused: string[] = []
  for (const contract of packagedContracts(folder)) {
    const { dataset } = contract
    if (rebuild.includes(dataset)) continue
    const text = await readText(client, lakeBucket, tableKindKey(dataset), warn)
    const changes = text === undefined ? [] : changesOf(tableKindSchema.parse(JSON.parse(text)), contract, migrate)
    refused.push(...changes.map((change) => `  ${dataset}: ${change} in the existing table`))
  }
  if (refused.length === 0) return
  const datasets = [...new Set(refused.map((line) => line.trim().split(':')[0]))].join(',')
  throw new TablesChanged(
    `these contracts differ from their existing tables; nothing was deployed:\n${refused.join('\n')}\n` +
      `A table has rows of one kind. Change the contract back, or rename the dataset. Or deploy with --param "rebuild=${datasets}", and then rebuild each ` +
      'table: npx --no-install sluice backfill DATASET --rebuild. Until then its batches fail, and no file is lost. A Parquet table that becomes an Iceberg table is taken over: --param "migrate=DATASET", ' +
      'and then npx --no-install sluice migrate DATASET --to iceberg.',
  )
}

function changesOf(table: TableKind, contract: Contract, migrate: string[]): string[] {
  if (migrate.includes(contract.dataset) && isMigratable(table, contract)) return []
  const format = formatChange(table, contract)
  return format === undefined ? kindChanges(table, contract) : [format]
}

// Beside each contract is the list of all.
function packagedContracts(folder: string): Contract[] {
  const found = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Contract | Contract[])
  return found.flatMap((content) => (Array.isArray(content) ? [] : [content]))
}

const NONE = new Set(['NoSuchKey', 'NoSuchBucket'])

async function readText(client: S3Client, Bucket: string, Key: string, warn: (message: string) => void): Promise<string | undefined> {
  try {
    return await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()
  } catch (error) {
    const { name, message } = error as Error
    // S3 answers AccessDenied also where there is no such object and the caller may not list.
    if (!NONE.has(name)) warn(`whether the contracts fit their existing tables was not checked: s3://${Bucket}/${Key}: ${name}: ${message}`)
    return undefined
  }
}
