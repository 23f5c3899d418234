import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { NEXT_COMMANDS, sluiceCommand } from '../../../functions/domain/command/next-command.ts'
import { DATASET_NAME } from '../../../functions/domain/contract/names.ts'
import { connectionsFolder, readContractsFolder } from '../../../infra/packaging/contract-files.ts'
import { connectionFile } from '../../add/database/access.ts'
import { withKeyValues } from '../../add/other-datasets.ts'
import { readSource, type SourceOptions } from '../../add/sources.ts'
import { chooseAccount } from '../../deployment/connect.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { DATABASE_OPTION, gatherConnection } from '../../run/local-connections.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

interface Options extends SourceOptions {
  profile?: string
  region?: string
  owner?: string
  json?: boolean
}

export function addCommand(_setExitCode: SetExitCode): Command {
  return new Command('add')
    .description('write the contract of a new dataset from a sample file, a catalog table or a database')
    .argument('<dataset>')
    .option('--from <file>', 'sample: CSV with a header, JSON, Parquet, ORC or Avro, plain or .gz; the command reads all of it')
    .option('--from-table <database.table>', 'a table of the Glue catalog, read with your AWS credentials; needs --key')
    .option(
      '--from-jdbc <connection table...>',
      'a table of a PostgreSQL or MySQL database, with the connection that extracts will use: connections/<connection>.yml and its secret, or --connection',
    )
    .option(...DATABASE_OPTION, gatherConnection)
    .option('--profile <name>', 'AWS profile, as the AWS CLI has it')
    .option('--region <region>', 'AWS region, as the AWS CLI has it')
    .option('--contracts <folder>', 'folder of contracts', 'datasets')
    .option('--key <columns>', 'primary key: a column, or several separated by commas; you can repeat it', listed, [])
    .option('--partition-keys <key...>', 'names of the raw folders, such as ingest_date')
    .option('--owner <address>', 'mail address of the owner')
    .option('--json', 'print one object: {"file", "rows", "wholeFile", "primaryKey", "warnings"}')
    .addHelpText(
      'after',
      '\nWithout --key, the command chooses the fewest columns that together identify every row; of a database, its primary key.',
    )
    .addHelpText(
      'after',
      helpExamples(
        'add orders --from sample.csv --partition-keys ingest_date',
        'add orders --from-jdbc orders_db public.orders --profile shop',
      ),
    )
    .addHelpText('after', '\nExit codes: 0 written, 2 bad usage.')
    .action(async (dataset: string, options: Options) => {
      if (!DATASET_NAME.test(dataset)) throw new UsageError(`"${dataset}" is not a dataset name: it must match [a-z][a-z0-9_]{0,40}`)
      const file = join(options.contracts, `${dataset}.yml`)
      if (existsSync(file)) throw new UsageError(`${file} already exists`)
      chooseAccount(options)
      const source = await readSource(options)
      const files = existsSync(options.contracts) ? (await readContractsFolder(options.contracts)).files : []
      const contracts = files.flatMap(({ contract }) => contract ?? [])
      const { text, primaryKey, warnings } = source.draft(dataset, {
        owner: options.owner ?? `${userInfo().username}@example.com`,
        key: options.key,
        others: await withKeyValues(contracts, dataset, options.from),
      })
      await mkdir(options.contracts, { recursive: true })
      await writeFile(file, text)
      const missing = source.connection && missingConnection(source.connection, options.contracts)
      if (missing) warnings.push(missing)
      for (const warning of warnings) terminal.warn(warning)
      if (options.json) return terminal.printJson({ file, rows: source.rows, wholeFile: source.whole, primaryKey, warnings })
      terminal.print(`${source.read}. The key is ${primaryKey.join(', ')}.`)
      terminal.print(`Wrote ${file}. Read it, then check it: ${sluiceCommand(NEXT_COMMANDS.validate(options.contracts))}`)
    })
}

/** What reads the contract asks for it. */
function missingConnection(name: string, contracts: string): string | undefined {
  const folder = connectionsFolder(contracts)
  if (connectionFile(name, folder)) return undefined
  return `there is no file ${join(folder, `${name}.yml`)}: write it, with url and secret, before you check the contract (docs/how-to/databases.md)`
}

const listed = (columns: string, before: string[]) => [
  ...before,
  ...columns
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
]
