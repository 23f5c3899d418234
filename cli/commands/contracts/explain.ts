import { Command } from 'commander'
import { readContractsFolder } from '../../../infra/packaging/contract-files.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { explainContract } from '../../explain-contract.ts'
import { helpExamples } from '../../help-examples.ts'
import { noteProblems } from '../../problem-list.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

export function explainCommand(setExitCode: SetExitCode): Command {
  return new Command('explain')
    .description('explain in plain English what happens to a file of a dataset')
    .argument('<dataset>')
    .option('--contracts <folder>', 'folder of contracts', 'datasets')
    .option('--json', 'print one object: {"dataset", "steps": [...]}')
    .addHelpText('after', helpExamples('explain online_retail', 'explain orders --contracts datasets --json'))
    .addHelpText('after', '\nExit codes: 0 success, 2 a bad or unknown contract.')
    .action(async (dataset: string, options: { contracts: string; json?: boolean }) => {
      const { files, problems } = await readContractsFolder(options.contracts)
      const contract = files.find((file) => file.contract?.dataset === dataset)?.contract
      if (!contract && problems.length > 0) {
        noteProblems(problems)
        return setExitCode(2)
      }
      if (!contract) throw new UsageError(`${options.contracts} has no contract of ${dataset}`)
      const steps = explainContract(contract)
      if (options.json) return terminal.printJson({ dataset, steps })
      for (const [index, step] of steps.entries()) terminal.print(`${String(index + 1).padStart(2)}. ${step}`)
    })
}
