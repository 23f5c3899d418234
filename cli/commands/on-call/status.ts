import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { percent } from '../../../functions/domain/batch/manifest/manifest-summary.ts'
import { type CommandTarget, NEXT_COMMANDS, sluiceCommand } from '../../../functions/domain/command/next-command.ts'
import { MOST_NOTED, NO_DATASET } from '../../../functions/domain/landing/misplaced.ts'
import { pauseSentence } from '../../../functions/domain/landing/pause.ts'
import { inFull, plural } from '../../../functions/domain/words.ts'
import { type DatasetStatus, datasetsOf, misplacedFiles, statusOf } from '../../batches/dataset-status.ts'
import type { ExtractStatus } from '../../batches/extract-status.ts'
import { lagInWords } from '../../batches/lag-in-words.ts'
import { DEAD_LETTER_QUEUES, type DeadLetterQueue } from '../../dead-letters/queues.ts'
import { connect, type Deployment } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import { inWords } from '../../durations.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { positiveInteger } from '../../numbers.ts'
import { printable, terminal } from '../../terminal.ts'

interface Options extends DeploymentOptions {
  json?: boolean
  /** Seconds; true without a number. */
  watch?: number | true
}

/** A look at a dataset reads its rows of the ledger and no more. */
const WATCH_SECONDS = 5
const CLEAR_SCREEN = '\x1b[2J\x1b[H'

export function statusCommand(setExitCode: SetExitCode): Command {
  return withDeployment(new Command('status'))
    .description('show what waits, what runs, what failed and why, and how fresh each table is')
    .argument('[dataset]')
    .option('--watch [seconds]', `look again every so many seconds (${WATCH_SECONDS}), until you press Ctrl-C`, positiveInteger)
    .option(
      '--json',
      'print one object: {"datasets": [...], "misplaced": [...], "deadLetters": {"landings", "events", "streams"}}; with --watch one a look',
    )
    .addHelpText('after', helpExamples('status --local --watch', 'status orders --stage prod --json'))
    .addHelpText('after', '\nExit codes: 0 nothing has failed, 1 there are failed batches, a failed extract or dead letters, 2 bad usage.')
    .action(async (wanted: string | undefined, options: Options) => {
      const deployment = await connect(options)
      for (;;) {
        const seen = await look(wanted, deployment)
        if (options.watch !== undefined && process.stdout.isTTY && !options.json) process.stdout.write(CLEAR_SCREEN)
        print(seen, options)
        const deadLetters = Object.values(seen.deadLetters).some((count) => count > 0)
        setExitCode(
          deadLetters || seen.datasets.some(({ failed, extract }) => failed.length > 0 || extract?.last?.status === 'failed') ? 1 : 0,
        )
        if (options.watch === undefined) return
        await sleep((options.watch === true ? WATCH_SECONDS : options.watch) * 1000)
      }
    })
}

type Seen = Awaited<ReturnType<typeof look>>

async function look(wanted: string | undefined, deployment: Deployment) {
  const datasets = await Promise.all((await datasetsOf(deployment, wanted)).map((dataset) => statusOf(dataset, deployment)))
  const counted = DEAD_LETTER_QUEUES.map(async (queue) => [queue, await deployment.deadLetters.count(queue)] as const)
  // Files in a folder that no contract has are of no dataset: a look at one leaves them out.
  const strays = wanted === undefined ? await misplacedFiles(NO_DATASET, deployment) : []
  return { datasets, strays, deadLetters: Object.fromEntries(await Promise.all(counted)) as Record<DeadLetterQueue, number> }
}

function print({ datasets, strays, deadLetters }: Seen, options: Options): void {
  if (options.json) return terminal.printJson({ datasets, misplaced: strays, deadLetters })
  for (const status of datasets) printStatus(status, options)
  printMisplaced(strays, options)
  printDeadLetters(deadLetters, options)
}

const REASONS_SHOWN = 3
const MISPLACED_SHOWN = 3

function stateOf({ failed, running, phase, paused, expected }: DatasetStatus): string {
  const { green, red, yellow } = terminal.colours
  if (failed.length > 0) return red('failed')
  if (running.length > 0 || phase !== 'idle') return yellow(phase)
  if (paused) return yellow('paused')
  return expected?.late ? yellow('late') : green('idle')
}

function printStatus(status: DatasetStatus, target: CommandTarget): void {
  const { dataset, paused, waiting, running, queued, failed, lastGood, freshnessSeconds, expected } = status
  const { bold, red, yellow, dim } = terminal.colours
  const state = stateOf(status)
  terminal.print(`${bold(dataset)}  ${state}`)
  if (paused) {
    terminal.print(`  ${yellow('paused')}    ${pauseSentence(paused)}`)
    terminal.print(dim(`            start what waits: ${sluiceCommand(NEXT_COMMANDS.resume(dataset), target)}`))
  }
  if (status.stream) terminal.print(`  stream    ${lagInWords(status.stream)}`)
  if (status.extract) printExtract(status.extract, dataset, target)
  if (waiting.objects > 0) terminal.print(`  waiting   ${waitingInWords(status)}`)
  printMisplaced(status.misplaced, target)
  for (const batch of running) terminal.print(`  running   ${batch.batchId}, since ${batch.startedAt}`)
  if (queued) {
    const before = queued.ahead === 0 ? 'it is the next' : `${plural(queued.ahead, 'batch', 'batches')} before it`
    terminal.print(`  queued    ${queued.batchId} waits for a job slot since ${queued.since}; ${before}`)
  }
  for (const batch of failed) {
    terminal.print(`  ${red('failed')}    ${batch.batchId}, ${batch.startedAt}: ${batch.error ?? 'no reason recorded'}`)
    if (batch.drift) terminal.print(`            its files differ from the contract: ${batch.drift}`)
    terminal.print(dim(`            run it again: ${sluiceCommand(NEXT_COMMANDS.redrive(batch.batchId), target)}`))
  }
  const { rows: quarantined, reasons } = status.quarantine
  if (quarantined > 0) {
    const most = Object.entries(reasons).slice(0, REASONS_SHOWN)
    const named = most.map(([reason, rows]) => `${reason} ${inFull(rows)}`).join(', ')
    terminal.print(`  quarantine ${plural(quarantined, 'row')}: ${named}${Object.keys(reasons).length > most.length ? ' …' : ''}`)
  }
  if (status.table) {
    const { rows, dataFiles, rowsDeleted, deleteFiles, snapshots } = status.table
    const deletes = deleteFiles === 0 ? '' : `, ${plural(rowsDeleted, 'row')} taken out by ${plural(deleteFiles, 'file')} of deletes`
    terminal.print(`  table     ${plural(rows, 'row')} in ${plural(dataFiles, 'file')}${deletes}; ${plural(snapshots, 'snapshot')}`)
  }
  if (status.awaitsParents) {
    const { rows, since } = status.awaitsParents
    terminal.print(
      `  ${yellow('for keys')}  ${plural(rows, 'row')} ${rows === 1 ? 'waits' : 'wait'} for the key of a parent, the oldest since ${since}`,
    )
  }
  if (lastGood === null) terminal.print(dim('  no batch has succeeded yet'))
  else {
    const rows = lastGood.rows
    const rate = lastGood.quarantineRate === null ? '' : `, ${percent(lastGood.quarantineRate)} quarantined`
    terminal.print(
      `  last good ${lastGood.batchId}${rows ? `: ${plural(rows.read, 'row')} read, ${inFull(rows.written)} written${lastGood.replaced ? `, ${inFull(lastGood.replaced)} of them over older rows` : ''}` : ''}${rate}`,
    )
    if (lastGood.lostRows) terminal.print(`  ${yellow('key?')}      ${lastGood.lostRows}`)
    if (lastGood.drift) terminal.print(`  ${yellow('drift')}     its files differ from the contract: ${lastGood.drift}`)
    if (status.profileChanges) terminal.print(`  ${yellow('profile')}   against the batch before: ${status.profileChanges}`)
    if (expected?.late)
      terminal.print(`  ${yellow('late')}      due ${expected.dueAt.slice(0, 16).replace('T', ' ')} UTC, expected ${expected.inWords}`)
    if (freshnessSeconds !== null) terminal.print(`  fresh as  of ${inWords(freshnessSeconds)} ago`)
  }
}

function waitingInWords({ waiting: { objects, since }, awaitsSources }: DatasetStatus): string {
  if (awaitsSources === null) return `${plural(objects, 'file')}, since ${since}`
  const until =
    awaitsSources.length > 0
      ? `; a batch begins when ${awaitsSources.join(' and ')} ${awaitsSources.length === 1 ? 'has' : 'have'} published`
      : ''
  return `${plural(objects, 'publication')} of its sources, since ${since}${until}`
}

function printMisplaced(keys: string[], target: CommandTarget): void {
  if (keys.length === 0) return
  const { yellow, dim } = terminal.colours
  const many = keys.length >= MOST_NOTED ? `at least ${MOST_NOTED} files` : plural(keys.length, 'file')
  const named = keys.slice(0, MISPLACED_SHOWN).map(printable).join(', ')
  terminal.print(`  ${yellow('misplaced')} no batch will read ${many}: ${named}${keys.length > MISPLACED_SHOWN ? ' …' : ''}`)
  terminal.print(dim(`            why: ${sluiceCommand(NEXT_COMMANDS.landingLog(), target)}`))
}

function printExtract(extract: ExtractStatus, dataset: string, target: CommandTarget): void {
  const { red, dim } = terminal.colours
  const { connection, table, publishedTo, last, lagSeconds, schedule, nextAt } = extract
  const published = publishedTo === null ? '' : `; published up to ${publishedTo}`
  const read = lagSeconds === null ? 'no extract has landed yet' : `last read ${inWords(lagSeconds)} ago${published}`
  const next = nextAt === null ? (schedule ?? 'started by hand') : `next at ${nextAt.slice(0, 16).replace('T', ' ')} UTC`
  terminal.print(`  database  ${table} of ${connection}: ${read}; ${next}`)
  if (last?.status === 'running') terminal.print(`  extract   ${last.extractId} runs, since ${last.startedAt}`)
  if (last?.status !== 'failed') return
  terminal.print(`  ${red('extract')}   ${last.extractId} failed: ${last.error ?? 'no reason recorded'}`)
  terminal.print(dim(`            try again: ${sluiceCommand(NEXT_COMMANDS.extract(dataset), target)}`))
}

/** Their dataset is unknown until you read them. */
function printDeadLetters(counts: Record<DeadLetterQueue, number>, target: CommandTarget): void {
  const { red, dim } = terminal.colours
  const said = DEAD_LETTER_QUEUES.flatMap((queue) => (counts[queue] > 0 ? [`${counts[queue]} ${queue}`] : []))
  if (said.length === 0) return
  terminal.print(`${red('dead letters')}  ${said.join(', ')} that no function could handle`)
  terminal.print(dim(`            look: ${sluiceCommand(NEXT_COMMANDS.listDeadLetters(), target)}`))
  terminal.print(dim(`            send them back: ${sluiceCommand(NEXT_COMMANDS.redriveDeadLetters(), target)}`))
}
