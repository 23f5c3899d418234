import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { positiveInteger } from '../../numbers.ts'
import { queryAthena } from '../../query/athena.ts'
import { queryFolders } from '../../query/duckdb.ts'
import { FORMATS, type Format, printResult } from '../../query/print-result.ts'
import { copiedTables, folderTables } from '../../query/tables.ts'
import { terminal } from '../../terminal.ts'

interface Options extends DeploymentOptions {
  input?: string
  format: Format
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
        await printResult(await queryFolders(sql, await folderTables(options.input), limit), format, shown)
        return
      }
      const deployment = await connect(options)
      if (!options.local) {
        const { database } = deployment
        const result = await queryAthena(sql, { database, workgroup: options.workgroup, ...(limit !== undefined && { limit }) })
        await printResult(result, format, shown)
        terminal.note(`Athena scanned ${(result.scannedBytes / 1e6).toFixed(1)} MB`)
        return
      }
      const scratch = mkdtempSync(join(tmpdir(), 'sluice-query-'))
      try {
        await printResult(await queryFolders(sql, await copiedTables(sql, deployment, scratch), limit), format, shown)
      } finally {
        rmSync(scratch, { recursive: true, force: true })
      }
    })
}
