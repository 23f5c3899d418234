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
  digest?: boolean
  remove?: boolean
  json?: boolean
}

export function subscribeCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('subscribe'))
    .description('send alerts to an address: all of them, or those of a dataset, a kind or a severity; or the daily digest')
    .argument(
      '[endpoint]',
      'mail address, https address, +phone number, or ARN of a queue or function. Without it, the command lists the subscriptions',
    )
    .option('--dataset <dataset...>', 'only alerts of these datasets')
    .addOption(new Option('--kind <kind...>', 'only these kinds').choices([...ALERT_KINDS]))
    .addOption(new Option('--severity <severity...>', 'only these severities').choices(SEVERITIES))
    .option('--digest', 'the daily digest, and no alerts; the deployment sends one with --param digest=06:00')
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
      refuse(
        Object.keys(filter).length > 0 && options.digest === true,
        '--digest has no dataset, kind or severity: leave those options out',
      )
      const protocol = endpoint === undefined ? '' : protocolOf(endpoint)
      const deployment = await connect(options)
      const subscriptions = alertSubscriptions(options.digest ? deployment.digestTopicArn : deployment.alertTopicArn)
      const existing = await subscriptions.existing().catch((error) => refuseMissingTopic(error, options))
      if (endpoint === undefined) return printAll(existing, options)
      for (const each of dataset ?? []) await datasetsOf(deployment, each)
      const done = options.remove ? await subscriptions.remove(endpoint) : await subscriptions.put(endpoint, protocol, filter)
      if (options.json) terminal.printJson(done)
      else if (options.remove) terminal.print(`${endpoint} gets ${options.digest ? 'no digest any more' : 'no more alerts'}`)
      else terminal.print(`${endpoint} gets ${described(done, options)}${STILL_TO_DO[protocol] ?? ''}`)
    })
}

function refuse(isWrong: boolean, why: string): void {
  if (isWrong) throw new UsageError(why)
}

function refuseMissingTopic(error: Error, { digest, stage }: Options): never {
  if (!digest || error.name !== 'NotFoundException') throw error
  throw new UsageError(`stage "${stage}" has no topic for digests: deploy it again with this version`)
}

function printAll(subscriptions: Subscription[], options: Options): void {
  const { json } = options
  if (json) terminal.printJson({ subscriptions })
  else if (subscriptions.length === 0) {
    const words = [...NEXT_COMMANDS.subscribe('you@example.com'), ...(options.digest ? ['--digest'] : [])]
    terminal.print(`no subscriptions yet: ${sluiceCommand(words, options)}`)
  }
  for (const each of json ? [] : subscriptions) {
    const state = each.subscriptionArn === null ? terminal.colours.yellow(' (not confirmed yet)') : ''
    terminal.print(`${terminal.colours.bold(each.endpoint)} gets ${described(each, options)}${state}`)
  }
}

function described({ filter }: Subscription, { digest }: Options): string {
  if (digest) return 'the digest of each day'
  const parts = Object.entries(filter).map(([name, values]) => `${name} ${values.join(' or ')}`)
  return parts.length === 0 ? 'all alerts and alarms' : `alerts of ${parts.join(', ')}`
}
