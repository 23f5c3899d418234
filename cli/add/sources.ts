import { CONNECTION_NAME } from '../../functions/domain/contract/connections/name.ts'
import type { LocalConnection } from '../../laptop/pipeline/sources/databases.ts'
import { bytes as inUnits } from '../amounts.ts'
import { UsageError } from '../usage-error.ts'
import { type DraftedContract, draftContract, type Wishes } from './contract-text.ts'
import { accessOf } from './database/access.ts'
import { draftExtract } from './database/extract-contract.ts'
import { readDatabaseTable } from './database/read-database.ts'
import { readSample } from './read-sample.ts'
import { readCatalogTable } from './read-table.ts'

export interface SourceOptions {
  from?: string
  fromTable?: string
  fromJdbc?: string[]
  contracts: string
  key: string[]
  partitionKeys?: string[]
  connection?: LocalConnection[]
}

/** What a contract can be drafted from, as it was read. */
export interface ReadSource {
  /** What was read, as a sentence without its full stop. */
  read: string
  rows: number
  /** False when the source has more rows than were read. */
  whole: boolean
  /** Whose file the contract needs beside it. */
  connection?: string
  draft(dataset: string, wishes: Omit<Wishes, 'partitionKeys'>): DraftedContract
}

/** Option → its words in a message, and how it is read. */
const SOURCES = {
  from: { flag: '--from <file>', read: fromFile },
  fromTable: { flag: '--from-table <database.table>', read: fromCatalog },
  fromJdbc: { flag: '--from-jdbc <connection> <table>', read: fromDatabase },
}

/** @throws UsageError when not one of the sources is given, or it cannot be read */
export async function readSource(options: SourceOptions): Promise<ReadSource> {
  const [source, ...more] = (Object.keys(SOURCES) as (keyof typeof SOURCES)[]).filter((name) => options[name] !== undefined)
  if (source === undefined || more.length > 0)
    throw new UsageError(
      `give one of ${Object.values(SOURCES)
        .map(({ flag }) => flag)
        .join(', ')}`,
    )
  if (options.connection && source !== 'fromJdbc') throw new UsageError('--connection is the database of --from-jdbc')
  return SOURCES[source].read(options)
}

async function fromFile({ from = '', partitionKeys = [] }: SourceOptions): Promise<ReadSource> {
  const sample = await readSample(from)
  const { rows, whole, bytes } = sample
  const much = `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`
  const read = whole ? `Read all of ${from}: ${much}, ${inUnits(bytes)}` : `Read the first ${much} of ${from}, which has more`
  return { read, rows, whole, draft: (dataset, wishes) => draftContract(dataset, sample, { ...wishes, partitionKeys }) }
}

async function fromCatalog({ fromTable = '', key, partitionKeys }: SourceOptions): Promise<ReadSource> {
  if (key.length === 0) throw new UsageError('--from-table reads no rows, so it cannot find the key: name it with --key')
  const { partitionKeys: folders, ...sample } = await readCatalogTable(fromTable)
  const draft: ReadSource['draft'] = (dataset, wishes) =>
    draftContract(dataset, sample, { ...wishes, partitionKeys: partitionKeys ?? folders })
  return { read: `Read the columns of ${fromTable}`, rows: 0, whole: true, draft }
}

async function fromDatabase({ fromJdbc = [], contracts, partitionKeys, connection: given }: SourceOptions): Promise<ReadSource> {
  const [connection = '', name, ...more] = fromJdbc
  if (name === undefined || more.length > 0)
    throw new UsageError('--from-jdbc: give a connection and a table, such as orders_db public.orders')
  if (!CONNECTION_NAME.test(connection))
    throw new UsageError(`--from-jdbc: "${connection}" is not the name of a connection; it must match [a-z][a-z0-9_]{0,40}`)
  if (partitionKeys) throw new UsageError('--partition-keys: extracts have folders of their own, so leave it out')
  const table = await readDatabaseTable(await accessOf(connection, contracts, given), name)
  const draft: ReadSource['draft'] = (dataset, wishes) => draftExtract(dataset, connection, table, wishes)
  return { read: `Read the columns of ${table.name} over connection ${connection}`, rows: 0, whole: true, connection, draft }
}
