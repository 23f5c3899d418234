import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { NEXT_COMMANDS, sluiceCommand } from '../../../functions/domain/command/next-command.ts'
import { DATASET_NAME } from '../../../functions/domain/contract/names.ts'
import { readContractsFolder } from '../../../infra/packaging/contract-files.ts'
import { draftContract } from '../../add/contract-text.ts'
import { readSample } from '../../add/read-sample.ts'
import { readCatalogTable } from '../../add/read-table.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

interface Options {
  from?: string
  fromTable?: string
  contracts: string
  key: string[]
  partitionKeys?: string[]
  owner?: string
  json?: boolean
}

export function addCommand(_setExitCode: SetExitCode): Command {
  return new Command('add')
    .description('write the contract of a new dataset from a sample file or a catalog table')
    .argument('<dataset>')
    .option('--from <file>', 'sample: CSV with a header, JSON, Parquet, ORC or Avro, plain or .gz; the command reads all of it')
    .option('--from-table <database.table>', 'a table of the Glue catalog, read with your AWS credentials; needs --key')
    .option('--contracts <folder>', 'folder of contracts', 'datasets')
    .option('--key <columns>', 'primary key: a column, or several separated by commas; you can repeat it', listed, [])
    .option('--partition-keys <key...>', 'names of the raw folders, such as ingest_date')
    .option('--owner <address>', 'mail address of the owner')
    .option('--json', 'print one object: {"file", "rows", "wholeFile", "primaryKey", "warnings"}')
    .addHelpText('after', '\nWithout --key, the command chooses the fewest columns that together identify every row.')
    .addHelpText(
      'after',
      helpExamples('add orders --from sample.csv --partition-keys ingest_date', 'add weather --from weather.csv.gz --key origin,time_hour'),
    )
    .addHelpText('after', '\nExit codes: 0 written, 2 bad usage.')
    .action(async (dataset: string, options: Options) => {
      if (!DATASET_NAME.test(dataset)) throw new UsageError(`"${dataset}" is not a dataset name: it must match [a-z][a-z0-9_]{0,40}`)
      const file = join(options.contracts, `${dataset}.yml`)
      if (existsSync(file)) throw new UsageError(`${file} already exists`)
      const { read, sample, partitionKeys } = await readSource(options)
      const others = existsSync(options.contracts) ? (await readContractsFolder(options.contracts)).files : []
      const { text, primaryKey, warnings } = draftContract(dataset, sample, {
        owner: options.owner ?? `${userInfo().username}@example.com`,
        key: options.key,
        partitionKeys: options.partitionKeys ?? partitionKeys,
        others: others.flatMap(({ contract }) => contract ?? []),
      })
      await mkdir(options.contracts, { recursive: true })
      await writeFile(file, text)
      for (const warning of warnings) terminal.warn(warning)
      if (options.json) return terminal.printJson({ file, rows: sample.rows, wholeFile: sample.whole, primaryKey, warnings })
      terminal.print(`${read}. The key is ${primaryKey.join(', ')}.`)
      terminal.print(`Wrote ${file}. Read it, then check it: ${sluiceCommand(NEXT_COMMANDS.validate(options.contracts))}`)
    })
}

async function readSource({ from, fromTable, key }: Options) {
  if ((from === undefined) === (fromTable === undefined))
    throw new UsageError('give one of --from <file> and --from-table <database.table>')
  if (fromTable !== undefined) {
    if (key.length === 0) throw new UsageError('--from-table reads no rows, so it cannot find the key: name it with --key')
    const { partitionKeys, ...sample } = await readCatalogTable(fromTable)
    return { read: `Read the columns of ${fromTable}`, sample, partitionKeys }
  }
  const sample = await readSample(from as string)
  const much = `${sample.rows.toLocaleString('en')} ${sample.rows === 1 ? 'row' : 'rows'}`
  const read = sample.whole ? `Read all of ${from}: ${much}, ${size(sample.bytes)}` : `Read the first ${much} of ${from}, which has more`
  return { read, sample, partitionKeys: [] }
}

const listed = (columns: string, before: string[]) => [
  ...before,
  ...columns
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
]

const size = (bytes: number) => (bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`)
