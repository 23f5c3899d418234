import { Command } from 'commander'
import pMap from 'p-map'
import { percent } from '../../../functions/domain/batch/manifest/manifest-summary.ts'
import { dismissedInWords } from '../../../functions/domain/batch/record.ts'
import { inFull } from '../../../functions/domain/words.ts'
import { type BatchView, viewBatch } from '../../batches/batch-view.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import { inWords } from '../../durations.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { positiveInteger } from '../../numbers.ts'
import { fittingTable } from '../../run/run-table.ts'
import { terminal } from '../../terminal.ts'

export function runsCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('runs'))
    .description('list the last batches, newest first, with their counts')
    .argument('[dataset]')
    .option('--limit <number>', 'batches per dataset', positiveInteger, 20)
    .option('--json', 'print one object: {"batches": [...]}')
    .addHelpText('after', helpExamples('runs --local', 'runs orders --stage prod --limit 50 --json'))
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage.')
    .action(async (wanted: string | undefined, options: DeploymentOptions & { limit: number; json?: boolean }) => {
      const deployment = await connect(options)
      const datasets = await datasetsOf(deployment, wanted)
      const records = (await Promise.all(datasets.map((dataset) => deployment.batches.recent(dataset, options.limit)))).flat()
      const batches = await pMap(records, (record) => viewBatch(record, deployment.lake), { concurrency: 16 })
      batches.sort((left, right) => (left.startedAt < right.startedAt ? 1 : -1))
      if (options.json) terminal.printJson({ batches })
      else if (batches.length === 0) terminal.print('no batch yet')
      else printRuns(batches)
    })
}

function printRuns(batches: BatchView[]): void {
  const { bold, dim, green, red, yellow } = terminal.colours
  const colour = { succeeded: green, failed: red, running: yellow, superseded: bold, dismissed: bold }
  const removes = batches.some(({ rows }) => rows?.deleted)
  const held = batches.some(({ rows }) => rows?.unpublished)
  const numbers = [
    'took',
    'read',
    'written',
    'replaced',
    'duplicates',
    'superseded',
    'quarantined',
    ...(removes ? ['deleted'] : []),
    ...(held ? ['unpublished'] : []),
    'rate',
    'quality',
  ]
  const lines = batches.map((batch) => {
    const { rows, replaced } = batch
    const kinds = rows ? [rows.read, rows.written, replaced ?? 0, rows.duplicates, rows.superseded, rows.quarantined] : Array(6).fill('')
    const rare = [...(removes ? [rows?.deleted] : []), ...(held ? [rows?.unpublished] : [])]
    const counts = [...kinds, ...rare.map((number) => (rows ? (number ?? 0) : ''))].map((number) => (number === '' ? '' : inFull(number)))
    return [
      batch.batchId,
      colour[batch.status](batch.status),
      batch.startedAt.slice(0, 19),
      batch.seconds === null ? '' : inWords(batch.seconds),
      ...counts,
      batch.quarantineRate === null ? '' : percent(batch.quarantineRate),
      batch.quality && batch.compaction === null ? `${batch.quality.passed}/${batch.quality.rules}` : '',
    ]
  })
  const { text, leftOut } = fittingTable(['batch', 'status', 'started', ...numbers], lines, numbers)
  terminal.print(text)
  if (leftOut.length > 0) terminal.note(dim(`a wider terminal also shows ${leftOut.join(', ')}; --json has all`))
  for (const { batchId, error, compaction, drift, lostRows, dismissed } of batches) {
    if (error) terminal.print(`${red('failed')} ${batchId}: ${error}`)
    if (compaction) terminal.print(`${dim('compaction')} ${batchId}: ${compaction}`)
    if (lostRows) terminal.print(`${yellow('key?')} ${batchId}: ${lostRows}`)
    if (drift) terminal.print(`${yellow('drift')} ${batchId}: ${drift}`)
    if (dismissed) terminal.print(`${dim('dismissed')} ${batchId}: ${dismissedInWords(dismissed)}`)
  }
}
