import { Command, Option } from 'commander'
import { ALERT_KINDS } from '../../../functions/domain/alert/kinds.ts'
import { NEXT_COMMANDS, sluiceCommand } from '../../../functions/domain/command/next-command.ts'
import { alertSubscriptions, protocolOf, type Subscription } from '../../alerts/subscriptions.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

const SEVERITIES = ['info', 'warning', 'critical']
/** What you do before the first alert can arrive. */
const STILL_TO_DO: Record<string, string> = {
  email: ', after you confirm the mail from AWS',
  https: ', after you confirm the message from AWS',
  sqs: '; the policy of the queue must let sns.amazonaws.com send to it',
  lambda: '; the policy of the function must let sns.amazonaws.com invoke it',
}

interface Options extends DeploymentOptions {
  dataset?: string[]
  kind?: string[]
  severity?: string[]
  remove?: boolean
  json?: boolean
}

export function subscribeCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('subscribe'))
    .description('send alerts to an address: all of them, or those of a dataset, a kind or a severity')
    .argument(
      '[endpoint]',
      'mail address, https address, +phone number, or ARN of a queue or function. Without it, the command lists the subscriptions',
    )
    .option('--dataset <dataset...>', 'only alerts of these datasets')
    .addOption(new Option('--kind <kind...>', 'only these kinds').choices([...ALERT_KINDS]))
    .addOption(new Option('--severity <severity...>', 'only these severities').choices(SEVERITIES))
    .option('--remove', 'end the subscription of this endpoint')
    .option('--json', 'print one object: {"subscriptionArn", "protocol", "endpoint", "filter"}, or {"subscriptions": [...]}')
    .addHelpText('after', '\nFor an endpoint that is already subscribed, the new filter replaces the old one. CloudWatch alarms have no')
    .addHelpText('after', 'dataset, kind or severity, so any filter excludes them.')
    .addHelpText('after', helpExamples('subscribe you@example.com --severity critical', 'subscribe --stage prod --json'))
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage.')
    .action(async (endpoint: string | undefined, options: Options) => {
      const { dataset, kind, severity } = options
      const filter = { ...(dataset && { dataset }), ...(kind && { kind }), ...(severity && { severity }) }
      if (endpoint === undefined) refuse(Object.keys(filter).length > 0 || options.remove === true, 'name the endpoint as well')
      const protocol = endpoint === undefined ? '' : protocolOf(endpoint)
      const deployment = await connect(options)
      const subscriptions = alertSubscriptions(deployment.alertTopicArn)
      if (endpoint === undefined) return printAll(await subscriptions.existing(), options)
      for (const each of dataset ?? []) await datasetsOf(deployment, each)
      const done = options.remove ? await subscriptions.remove(endpoint) : await subscriptions.put(endpoint, protocol, filter)
      if (options.json) terminal.printJson(done)
      else if (options.remove) terminal.print(`${endpoint} gets no more alerts`)
      else terminal.print(`${endpoint} gets ${described(done)}${STILL_TO_DO[protocol] ?? ''}`)
    })
}

function refuse(isWrong: boolean, why: string): void {
  if (isWrong) throw new UsageError(why)
}

function printAll(subscriptions: Subscription[], options: Options): void {
  const { json } = options
  if (json) terminal.printJson({ subscriptions })
  else if (subscriptions.length === 0) {
    terminal.print(`no subscriptions yet: ${sluiceCommand(NEXT_COMMANDS.subscribe('you@example.com'), options)}`)
  }
  for (const each of json ? [] : subscriptions) {
    const state = each.subscriptionArn === null ? terminal.colours.yellow(' (not confirmed yet)') : ''
    terminal.print(`${terminal.colours.bold(each.endpoint)} gets ${described(each)}${state}`)
  }
}

function described({ filter }: Subscription): string {
  const parts = Object.entries(filter).map(([name, values]) => `${name} ${values.join(' or ')}`)
  return parts.length === 0 ? 'all alerts and alarms' : `alerts of ${parts.join(', ')}`
}
