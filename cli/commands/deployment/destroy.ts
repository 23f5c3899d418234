import { join } from 'node:path'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { input } from '@inquirer/prompts'
import { Command } from 'commander'
import { execa } from 'execa'
import { root } from '../../../setup/places.mjs'
import { chooseAccount, withAccountErrors } from '../../deployment/connect.ts'
import { type KeptResource, keptResources, takeOver } from '../../destroy/kept-resources.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

interface Options {
  stage: string
  profile?: string
  region?: string
  yes?: boolean
  json?: boolean
}

export function destroyCommand(setExitCode: SetExitCode): Command {
  return new Command('destroy')
    .description(
      'delete a deployment from AWS, except what holds data; it lists what it keeps (docs/operations.md explains how to delete that)',
    )
    .requiredOption('--stage <stage>', 'stage of the deployment')
    .option('--profile <name>', 'AWS profile, as the AWS CLI has it')
    .option('--region <region>', 'AWS region, as the AWS CLI has it')
    .option('--yes', 'do not ask')
    .option('--json', 'print one object: {"stage", "region", "deleted", "kept": [{"kind", "name", "parameter", "existing"}]}')
    .addHelpText('after', helpExamples('destroy --stage test', 'destroy --stage test --region eu-central-1 --yes --json'))
    .addHelpText('after', '\nExit codes: 0 deleted, 1 the deletion failed, 2 bad usage.')
    .action(async (options: Options) => {
      const { stage } = options
      chooseAccount(options)
      const client = new CloudFormationClient({})
      const [region, kept] = await withAccountErrors(async () => [
        await client.config.region(),
        await keptResources(`sluice-${stage}`, client),
      ])
      for (const line of description(stage, region, kept)) terminal.note(line)
      await confirm(options)
      const deleted = await remove(stage, region)
      if (!deleted) setExitCode(1)
      if (options.json) terminal.printJson({ stage, region, deleted, kept })
      else if (deleted) {
        terminal.print(kept.length > 0 ? `deleted; kept: ${kept.map(({ name }) => name).join(', ')}` : 'deleted')
        const parameters = takeOver(kept)
        if (parameters)
          terminal.print(
            `to deploy this stage again with what is kept:\n  npx serverless deploy --stage ${stage} --region ${region} ${parameters}`,
          )
      }
    })
}

function description(stage: string, region: string, kept: KeptResource[]): string[] {
  const { bold } = terminal.noteColours
  const stays = kept.length > 0 ? 'These are kept, with their content:' : 'Nothing is kept: the stack was packaged with on-delete=Delete.'
  return [
    `${bold(`Stage ${stage} in ${region} is deleted`)}: functions, queues with their messages, machines, job, tables and crawlers. ${stays}`,
    ...kept.map(({ kind, name, existing }) => `  ${kind.padEnd(8)}  ${name}${existing ? '  (it existed before this stage)' : ''}`),
  ]
}

async function confirm({ stage, yes }: Options): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY) throw new UsageError('cannot ask for confirmation without a terminal: give --yes')
  const typed = await input({ message: `Type ${stage} to delete stage ${stage}:` }, { output: process.stderr })
  if (typed !== stage) throw new UsageError('not deleted')
}

/** The region is named in any case: the framework does not look for it where the AWS CLI does. */
async function remove(stage: string, region: string): Promise<boolean> {
  const words = ['remove', '--stage', stage, '--region', region]
  const options = { cwd: root, stdio: ['inherit', process.stderr, process.stderr], reject: false } as const
  const { exitCode } = await execa(join(root, 'node_modules', '.bin', 'serverless'), words, options)
  return exitCode === 0
}
