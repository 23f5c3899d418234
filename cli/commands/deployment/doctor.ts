import { Command } from 'commander'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import { awsAccount } from '../../doctor/aws-account.ts'
import { diagnose } from '../../doctor/diagnose.ts'
import type { Finding } from '../../doctor/finding.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'

export function doctorCommand(setExitCode: SetExitCode): Command {
  return withDeployment(new Command('doctor'))
    .description('check an account and a deployment, without any change: quotas, permissions, keys, events, contracts')
    .option('--contracts <dir>', 'contracts to compare with the deployed ones', 'datasets')
    .option('--json', 'print one object: {"findings": [{"level", "check", "message", "fix"}]}')
    .addHelpText('after', helpExamples('doctor --stage prod', 'doctor --stage prod --json'))
    .addHelpText('after', '\nExit codes: 0 no problem (there may be warnings), 1 at least one problem, 2 bad usage.')
    .action(async (options: DeploymentOptions & { contracts: string; json?: boolean }) => {
      const findings = await diagnose(awsAccount(await connect(options), options.contracts))
      if (options.json) terminal.printJson({ findings })
      else findings.forEach(printFinding)
      if (findings.some(({ level }) => level === 'problem')) setExitCode(1)
    })
}

function printFinding({ level, check, message, fix }: Finding): void {
  const { green, red, yellow, dim } = terminal.colours
  const mark = { ok: green('✔'), warning: yellow('!'), problem: red('✘'), unknown: yellow('?') }[level]
  terminal.print(`${mark} ${check}: ${message}`)
  if (fix !== undefined) terminal.print(dim(`    ${fix}`))
}
