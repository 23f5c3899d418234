import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { publishedBatches } from '../../../functions/domain/iceberg/history.ts'
import { monthEnds } from '../../../functions/domain/iceberg/month-ends.ts'
import { openTable } from '../../../functions/use-cases/batch/publish/iceberg-table.ts'
import { connect, type Deployment } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { positiveInteger } from '../../numbers.ts'
import { queryAthena } from '../../query/athena.ts'
import { queryFolders } from '../../query/duckdb.ts'
import { FORMATS, type Format, printResult } from '../../query/print-result.ts'
import { copiedTables, folderTables, tablesAt, wordsOf } from '../../query/tables.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

interface Options extends DeploymentOptions {
  input?: string
  format: Format
  at?: string
  limit?: number
  workgroup: string
  json?: boolean
}

/** A table on a terminal is for reading. */
const SHOWN_ROWS = 100

export function queryCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('query'))
    .description('run a SELECT over curated and quarantine tables: those of a folder, of this machine, or of a stage by Athena')
    .argument('<sql>', 'one SELECT; a dataset is a table, its bad rows are <dataset>_quarantine')
    .option('--input <folder>', 'read the --output of `sluice run` or `sluice demo` instead of a deployment')
    .addOption(new Option('--format <format>', 'how to print rows').choices(FORMATS).default('table'))
    .option('--limit <rows>', `most rows; a table shows ${SHOWN_ROWS} without it, csv and json all`, positiveInteger)
    .option(
      '--at <batch-or-tag>',
      'an Iceberg table as it was after this batch, or all of them as they were at this tag, such as month_2025_01',
    )
    .option('--workgroup <name>', 'Athena workgroup, which must have a place for results', 'primary')
    .option('--json', 'the same as --format json: one object a row')
    .addHelpText('after', '\nWith --input and --local the SQL is that of DuckDB, with --stage that of Athena. Times are UTC.')
    .addHelpText('after', 'Athena bills what a query scans; the command says how much that was.')
    .addHelpText(
      'after',
      helpExamples(
        'query --input out/demo "SELECT DISTINCT status FROM online_retail"',
        'query --stage prod --format csv "SELECT * FROM orders_quarantine"',
      ),
    )
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage or SQL.')
    .action(async (sql: string, options: Options) => {
      const format = options.json ? 'json' : options.format
      const shown = options.limit ?? SHOWN_ROWS
      // One more tells whether there are more.
      const limit = format === 'table' ? shown + 1 : options.limit
      if (options.input !== undefined) {
        const tables = await folderTables(options.input)
        await printResult(
          await queryFolders(sql, options.at === undefined ? tables : tablesAt(tables, options.at, sql), limit),
          format,
          shown,
        )
        return
      }
      const deployment = await connect(options)
      if (!options.local) {
        if (options.at !== undefined) throw new UsageError(await versionForAthena(options.at, sql, deployment))
        const { database } = deployment
        const result = await queryAthena(sql, { database, workgroup: options.workgroup, ...(limit !== undefined && { limit }) })
        await printResult(result, format, shown)
        terminal.note(`Athena scanned ${(result.scannedBytes / 1e6).toFixed(1)} MB`)
        return
      }
      const scratch = mkdtempSync(join(tmpdir(), 'sluice-query-'))
      try {
        const tables = await copiedTables(sql, deployment, scratch)
        await printResult(
          await queryFolders(sql, options.at === undefined ? tables : tablesAt(tables, options.at, sql), limit),
          format,
          shown,
        )
      } finally {
        rmSync(scratch, { recursive: true, force: true })
      }
    })
}

/** What to write in Athena's SQL in place of --at. */
async function versionForAthena(batchId: string, sql: string, deployment: Deployment): Promise<string> {
  const tagged = await taggedTables(batchId, sql, deployment)
  if (tagged.length > 0) return `--at is not for Athena; write ${tagged.join(', ')}`
  const datasets = (await deployment.contracts.all()).filter(
    ({ dataset, curated }) => curated.format === 'iceberg' && batchId.startsWith(`${dataset}-`),
  )
  const dataset = datasets.map((each) => each.dataset).sort((one, other) => other.length - one.length)[0]
  if (dataset === undefined) return `--at ${batchId}: is a batch of no Iceberg table`
  const found = publishedBatches((await openTable(dataset, deployment)).metadata).find((each) => each.batchId === batchId)
  if (found === undefined) return `--at ${batchId}: is not in the history of ${dataset}; \`sluice history ${dataset}\` lists its batches`
  return `--at is not for Athena; write FROM ${dataset} FOR VERSION AS OF ${found.snapshotId}`
}

async function taggedTables(tag: string, sql: string, deployment: Deployment): Promise<string[]> {
  const words = wordsOf(sql)
  const contracts = (await deployment.contracts.all()).filter(({ dataset, curated }) => curated.format === 'iceberg' && words.has(dataset))
  const found = contracts.map(async ({ dataset }) => {
    const end = monthEnds((await openTable(dataset, deployment)).metadata).find((each) => each.tag === tag)
    return end ? [`FROM ${dataset} FOR VERSION AS OF ${end.snapshotId}`] : []
  })
  return (await Promise.all(found)).flat()
}
