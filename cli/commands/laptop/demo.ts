import { join, relative, resolve } from 'node:path'
import { Command } from 'commander'
import { root, stateFolder } from '../../../setup/places.mjs'
import { printDemo } from '../../demo/demo-table.ts'
import { writeMonthlyFiles } from '../../demo/monthly-files.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { openOutput } from '../../run/output-folder.ts'
import { startProgress } from '../../run/progress.ts'
import { runPipeline } from '../../run/run-pipeline.ts'
import { terminal } from '../../terminal.ts'

export function demoCommand(setExitCode: SetExitCode): Command {
  return new Command('demo')
    .description('run 54,716 real invoices through the whole pipeline on this machine, in two waves')
    .option('--output <folder>', 'folder that gets curated/, quarantine/ and runs/', join('out', 'demo'))
    .option('--json', 'end with one object on stdout: {"batches", "alerts", "crawls"}')
    .addHelpText('after', helpExamples('demo', 'demo --output out/first --json'))
    .addHelpText('after', '\nExit codes: 0 every batch succeeded, 1 a batch failed.')
    .action(async (options: { output: string; json?: boolean }) => {
      const contractsFolder = join(root, 'datasets')
      const output = resolve(root, options.output)
      const waves = writeMonthlyFiles(
        join(root, 'examples', 'online-retail', 'online-retail-invoices.csv'),
        join(stateFolder, 'demo', 'files'),
      )
      const folder = await openOutput(output)
      introduce(waves)
      const progress = startProgress()
      try {
        const { stuck, result } = await runPipeline({
          contractsFolder,
          waves: [
            { folder: waves.first, title: `${waves.files.first} monthly files in one burst` },
            { folder: waves.second, title: `${waves.months.second} more months, and corrections` },
          ],
          output: folder,
          progress,
        })
        progress.done()
        if (stuck !== undefined) terminal.complain(stuck)
        if (options.json) terminal.printJson(result)
        else await printDemo(result, waves, { output, shownOutput: relative(process.cwd(), output) || '.' })
        if (stuck !== undefined || result.batches.some(({ status }) => status !== 'SUCCEEDED')) setExitCode(1)
      } finally {
        progress.done()
        folder.close()
      }
    })
}

function introduce({ months, files, corrections, example }: ReturnType<typeof writeMonthlyFiles>): void {
  const { bold } = terminal.noteColours
  terminal.note(bold('Invoices of a UK online gift shop, 1 December 2009 to 9 December 2011, as monthly CSV files'))
  terminal.note(`  wave 1   ${files.first} files in one burst: the first ${months.first} months`)
  terminal.note(
    `  wave 2   ${files.second} files, later: the last ${months.second} months, and corrections to ${corrections} invoices of wave 1`,
  )
  terminal.note('           This demo makes up the corrections: it delivers every 400th sale of wave 1 again, 10 % cheaper')
  terminal.note(
    `           (invoice ${example.invoice}: ${example.before} becomes ${example.after}). Everything else is what the shop recorded.`,
  )
  terminal.note('')
}
