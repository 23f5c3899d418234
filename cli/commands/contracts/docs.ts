import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Command } from 'commander'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { plural } from '../../../functions/domain/words.ts'
import { lastPublishedAt } from '../../../functions/use-cases/batch/publish/last-published.ts'
import { checkContracts } from '../../contracts/check-contracts.ts'
import { connect } from '../../deployment/connect.ts'
import type { DeploymentOptions } from '../../deployment/options.ts'
import { buildPages, type Freshness, freshnessOf } from '../../docs/model.ts'
import { renderSite } from '../../docs/pages.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { noteProblems } from '../../problem-list.ts'
import { terminal } from '../../terminal.ts'

interface Options extends Partial<DeploymentOptions> {
  contracts: string
  output: string
  json?: boolean
}

export function docsCommand(setExitCode: SetExitCode): Command {
  return new Command('docs')
    .description('write a static site of your datasets: columns, owners, rules, and which column is made of which')
    .option('--contracts <folder>', 'folder of contracts', 'datasets')
    .option('--output <folder>', 'folder to write to; files of the same names are replaced', join('out', 'docs'))
    .option('--stage <stage>', 'show when each dataset was last published there')
    .option('--profile <name>', 'AWS profile, as the AWS CLI has it')
    .option('--region <region>', 'AWS region, as the AWS CLI has it')
    .option('--local', 'show when each was last published in the pipeline that `sluice up` keeps running on this machine')
    .option('--json', 'print one object: {"index", "datasets": [...]}')
    .addHelpText(
      'after',
      '\nPages need no server and no network. They show contracts, and no rows. Without --stage and --local no deployment is asked.',
    )
    .addHelpText('after', helpExamples('docs --contracts datasets --output public', 'docs --stage prod'))
    .addHelpText('after', '\nExit codes: 0 success, 2 a contract is bad.')
    .action(async ({ contracts: folder, output, json, ...target }: Options) => {
      const { problems, ...checked } = await checkContracts(folder)
      if (problems.length > 0) {
        noteProblems(problems)
        return setExitCode(2)
      }
      const pages = buildPages(checked, await freshnessIn(target, checked.contracts))
      await mkdir(output, { recursive: true })
      for (const [file, text] of Object.entries(renderSite(pages))) await writeFile(join(output, file), text)
      const index = relative(process.cwd(), join(output, 'index.html'))
      if (json) return terminal.printJson({ index, datasets: pages.map(({ contract: { dataset } }) => dataset) })
      terminal.print(`${index}: ${plural(pages.length, 'dataset')}`)
    })
}

async function freshnessIn(
  { stage, local, ...options }: Partial<DeploymentOptions>,
  contracts: Contract[],
): Promise<Map<string, Freshness>> {
  if (stage === undefined && !local) return new Map()
  const { batches, clock } = await connect({ ...options, stage: stage ?? 'dev', ...(local && { local }) })
  const found = contracts.map(async (contract) => {
    const last = await lastPublishedAt(contract.dataset, batches)
    return [contract.dataset, freshnessOf(contract, last, clock.now())] as const
  })
  return new Map(await Promise.all(found))
}
