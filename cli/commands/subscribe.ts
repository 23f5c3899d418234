import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { Command, Option } from 'commander'
import { ALERT_KINDS } from '../../functions/domain/alerts.ts'
import { datasetsOf } from '../batches/dataset-status.ts'
import { connect } from '../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../deployment/options.ts'
import type { SetExitCode } from '../program.ts'
import { terminal } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'

const SEVERITIES = ['info', 'warning', 'critical']

interface Options extends DeploymentOptions {
  dataset?: string[]
  kind?: string[]
  severity?: string[]
  json?: boolean
}

export function subscribeCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('subscribe'))
    .description('send alerts to somebody, all of them or those of a dataset, a kind or a severity')
    .argument('<endpoint>', 'mail address, https address, phone number, or ARN of a queue or function')
    .option('--dataset <dataset...>', 'only alerts of these datasets')
    .addOption(new Option('--kind <kind...>', 'only these kinds').choices([...ALERT_KINDS]))
    .addOption(new Option('--severity <severity...>', 'only these severities').choices(SEVERITIES))
    .option('--json', 'print one object: {"subscriptionArn", "protocol", "filter"}')
    .addHelpText('after', '\nMail and https subscribers must confirm before they get anything.')
    .addHelpText('after', '\nExit codes: 0 well, 2 bad usage.')
    .action(async (endpoint: string, options: Options) => {
      const protocol = protocolOf(endpoint)
      const deployment = await connect(options)
      for (const dataset of options.dataset ?? []) await datasetsOf(deployment, dataset)
      const { dataset, kind, severity } = options
      const filter = { ...(dataset && { dataset }), ...(kind && { kind }), ...(severity && { severity }) }
      const { SubscriptionArn } = await new SNSClient({}).send(
        new SubscribeCommand({
          TopicArn: deployment.alertTopicArn,
          Protocol: protocol,
          Endpoint: endpoint,
          ReturnSubscriptionArn: true,
          ...(Object.keys(filter).length > 0 && { Attributes: { FilterPolicy: JSON.stringify(filter) } }),
        }),
      )
      if (options.json) return terminal.printJson({ subscriptionArn: SubscriptionArn ?? null, protocol, filter })
      terminal.print(
        `${endpoint} is subscribed${['email', 'https'].includes(protocol) ? ', once the message that confirms it is answered' : ''}`,
      )
    })
}

/** SNS's name for the way to an endpoint. */
export function protocolOf(endpoint: string): string {
  const service = /^arn:[\w-]+:(sqs|lambda|firehose):/.exec(endpoint)?.[1]
  if (service) return service
  if (/^https:\/\//.test(endpoint)) return 'https'
  if (/^\+\d{6,15}$/.test(endpoint)) return 'sms'
  if (/^[^@\s]+@[^@\s]+$/.test(endpoint)) return 'email'
  throw new UsageError(`"${endpoint}" is no mail address, https address, +phone number, or ARN of a queue or function`)
}
