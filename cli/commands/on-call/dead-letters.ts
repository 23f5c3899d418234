import { Command } from 'commander'
import { NEXT_COMMANDS, sluiceCommand } from '../../../functions/domain/command/next-command.ts'
import { type DeadLetter, listDeadLetters, redriveDeadLetters } from '../../dead-letters/dead-letters.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { positiveInteger } from '../../numbers.ts'
import { terminal } from '../../terminal.ts'

export function deadLettersCommand(_setExitCode: SetExitCode): Command {
  return new Command('dead-letters')
    .description('object and crawl events that failed five times: list them, send them back')
    .addCommand(listCommand())
    .addCommand(redriveCommand())
}

function listCommand(): Command {
  return withDeployment(new Command('list'))
    .description('list the messages in the dead-letter queues, and what a redrive would do with each')
    .option('--limit <number>', 'messages per queue', positiveInteger, 100)
    .option('--json', 'print one object: {"letters": [{"queue", "id", "sentAt", "about", "goesTo", "because"}]}')
    .addHelpText('after', helpExamples('dead-letters list --local', 'dead-letters list --stage prod --json'))
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage.')
    .action(async (options: DeploymentOptions & { limit: number; json?: boolean }) => {
      const letters = await listDeadLetters(options.limit, await connect(options))
      if (options.json) return terminal.printJson({ letters })
      if (letters.length === 0) return terminal.print('no dead letters')
      for (const letter of letters) printLetter(letter)
      terminal.note(
        terminal.noteColours.dim(`to send them back, with --dry-run first: ${sluiceCommand(NEXT_COMMANDS.redriveDeadLetters(), options)}`),
      )
    })
}

interface RedriveOptions extends DeploymentOptions {
  discardUnreadable?: boolean
  dryRun?: boolean
  json?: boolean
}

function redriveCommand(): Command {
  return withDeployment(new Command('redrive'))
    .description('send dead letters back to their queues; an event that arrives twice changes nothing')
    .option('--discard-unreadable', 'delete messages that no function can read, after printing them')
    .option('--dry-run', 'show what the command would do, and change nothing')
    .option('--json', 'print one object: {"letters": [... with "action"], "sentBack", "discarded", "left"}')
    .addHelpText('after', helpExamples('dead-letters redrive --dry-run', 'dead-letters redrive --stage prod --discard-unreadable'))
    .addHelpText('after', '\nExit codes: 0 success, also when there was nothing to do; 2 bad usage.')
    .action(async ({ discardUnreadable = false, dryRun = false, ...options }: RedriveOptions) => {
      const report = await redriveDeadLetters({ dryRun, discardUnreadable }, await connect(options))
      if (options.json) return terminal.printJson(report)
      if (report.letters.length === 0) return terminal.print('no dead letters')
      for (const letter of report.letters) printLetter(letter)
      const done = [
        `${report.sentBack} sent back`,
        report.discarded > 0 && `${report.discarded} discarded`,
        report.left > 0 && `${report.left} left: --discard-unreadable deletes them`,
      ]
      terminal.print(`${dryRun ? 'would be: ' : ''}${done.filter(Boolean).join(', ')}`)
    })
}

function printLetter({ queue, sentAt, about, goesTo, because, body }: DeadLetter): void {
  const { bold, dim, red } = terminal.colours
  const what = about.length > 0 ? about.join(', ') : `unreadable: ${because}`
  terminal.print(
    `${bold(queue)}  ${sentAt.slice(0, 19)}  ${goesTo === null ? red(what) : what} ${about.length > 0 ? dim(`(${because})`) : ''}`.trimEnd(),
  )
  if (body !== undefined) terminal.print(dim(`  ${body.length > 200 ? `${body.slice(0, 200)}…` : body}`))
}
