import { Command } from 'commander'
import { checkContracts } from '../contracts/check-contracts.ts'
import { noteProblems } from '../problem-list.ts'
import type { SetExitCode } from '../program.ts'
import { terminal } from '../terminal.ts'

export function validateCommand(setExitCode: SetExitCode): Command {
  return new Command('validate')
    .description('check contracts: YAML, fields, columns, Spark types, SQL and DQDL; every problem with file, line and field')
    .option('--contracts <folder>', 'folder of contracts', 'datasets')
    .option('--json', 'print one object: {"ok", "datasets", "problems": [{"file", "line", "field", "message"}]}')
    .addHelpText('after', '\nExit codes: 0 no problem, 2 problems (said on stderr).')
    .action(async (options: { contracts: string; json?: boolean }) => {
      const { contracts, problems } = await checkContracts(options.contracts)
      const datasets = contracts.map(({ dataset, version }) => ({ dataset, version }))
      if (problems.length > 0) {
        noteProblems(problems)
        setExitCode(2)
      }
      if (options.json) terminal.printJson({ ok: problems.length === 0, datasets, problems })
      else if (problems.length === 0) {
        const count = datasets.length === 1 ? '1 contract is' : `${datasets.length} contracts are`
        terminal.print(`${terminal.colours.green('✔')} ${count} good: ${datasets.map(({ dataset }) => dataset).join(', ')}`)
      }
    })
}
