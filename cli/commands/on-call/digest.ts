import { Command } from 'commander'
import { digestMessage } from '../../../functions/domain/digest/text.ts'
import { readDigest } from '../../../functions/use-cases/digest/read-digest.ts'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'

interface Options extends DeploymentOptions {
  json?: boolean
}

export function digestCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('digest'))
    .description('show how every dataset did in the last 24 hours, what needs you first: the text of the daily mail')
    .option('--json', 'print one object: {"from", "to", "datasets": [...]}')
    .addHelpText('after', '\nThe mail is an option of the deployment: --param digest=06:00 (docs/how-to/alerts.md).')
    .addHelpText('after', helpExamples('digest --local', 'digest --stage prod --json'))
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage.')
    .action(async (options: Options) => {
      const digest = await readDigest(await connect(options))
      if (options.json) terminal.printJson(digest)
      else terminal.print(digestMessage(digest, options).text.trimEnd())
    })
}
