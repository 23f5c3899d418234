import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Command } from 'commander'
import { plural } from '../../../functions/domain/words.ts'
import { checkContracts } from '../../contracts/check-contracts.ts'
import { buildPages } from '../../docs/model.ts'
import { renderSite } from '../../docs/pages.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { noteProblems } from '../../problem-list.ts'
import { terminal } from '../../terminal.ts'

export function docsCommand(setExitCode: SetExitCode): Command {
  return new Command('docs')
    .description('write a static site of your datasets: columns, owners, rules, and which column is made of which')
    .option('--contracts <folder>', 'folder of contracts', 'datasets')
    .option('--output <folder>', 'folder to write to; files of the same names are replaced', join('out', 'docs'))
    .option('--json', 'print one object: {"index", "datasets": [...]}')
    .addHelpText('after', '\nPages need no server and no network. They show contracts, and no rows.')
    .addHelpText('after', helpExamples('docs', 'docs --contracts datasets --output public'))
    .addHelpText('after', '\nExit codes: 0 success, 2 a contract is bad.')
    .action(async ({ contracts: folder, output, json }: { contracts: string; output: string; json?: boolean }) => {
      const { problems, ...checked } = await checkContracts(folder)
      if (problems.length > 0) {
        noteProblems(problems)
        return setExitCode(2)
      }
      const pages = buildPages(checked)
      await mkdir(output, { recursive: true })
      for (const [file, text] of Object.entries(renderSite(pages))) await writeFile(join(output, file), text)
      const index = relative(process.cwd(), join(output, 'index.html'))
      if (json) return terminal.printJson({ index, datasets: pages.map(({ contract: { dataset } }) => dataset) })
      terminal.print(`${index}: ${plural(pages.length, 'dataset')}`)
    })
}
