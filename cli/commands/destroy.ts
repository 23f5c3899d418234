import { join } from 'node:path'
import { input } from '@inquirer/prompts'
import { Command } from 'commander'
import { execa } from 'execa'
import { root } from '../../local/setup/places.mjs'
import type { SetExitCode } from '../program.ts'
import { terminal } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'

interface Options {
  stage: string
  profile?: string
  region?: string
  yes?: boolean
}

export function destroyCommand(setExitCode: SetExitCode): Command {
  return new Command('destroy')
    .description('delete a deployment from AWS; storage is kept (docs/operations.md says what stays, and how to delete that as well)')
    .requiredOption('--stage <stage>', 'stage of the deployment')
    .option('--profile <name>', 'AWS profile, as the AWS CLI has it')
    .option('--region <region>', 'AWS region, as the AWS CLI has it')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExit codes: 0 deleted, 1 it could not be, 2 bad usage.')
    .action(async (options: Options) => {
      if (!options.yes) {
        if (!process.stdin.isTTY) throw new UsageError('nobody is there to be asked: give --yes')
        const typed = await input({ message: `Type ${options.stage} to delete stage ${options.stage}:` })
        if (typed !== options.stage) throw new UsageError('not deleted')
      }
      const words = ['remove', '--stage', options.stage, ...(options.region ? ['--region', options.region] : [])]
      const env = options.profile ? { AWS_PROFILE: options.profile } : {}
      const run = await execa(join(root, 'node_modules', '.bin', 'serverless'), words, { cwd: root, env, stdio: 'inherit', reject: false })
      if (run.exitCode !== 0) setExitCode(1)
      else terminal.note('Deleted. What holds data was kept: see docs/operations.md.')
    })
}
