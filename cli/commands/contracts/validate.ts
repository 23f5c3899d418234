import { Command, Option } from 'commander'
import { NEXT_COMMANDS, sluiceCommand } from '../../../functions/domain/command/next-command.ts'
import { writeDerivedTypes } from '../../../functions/domain/contract/derived-types.ts'
import { readContractsFolder } from '../../../infra/packaging/contract-files.ts'
import { type CheckedContracts, checkContracts } from '../../contracts/check-contracts.ts'
import { committedTypes, derivedTypesOf } from '../../contracts/derived-types.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { noteProblems, type ProblemFormat, printProblems } from '../../problem-list.ts'
import { terminal } from '../../terminal.ts'

interface Options {
  contracts: string
  check?: boolean
  types?: boolean
  format: ProblemFormat
  json?: boolean
}

export function validateCommand(setExitCode: SetExitCode): Command {
  return new Command('validate')
    .description('check contracts: YAML, fields, columns, Spark types, SQL and DQDL; each problem names file, line and field')
    .option('--contracts <folder>', 'folder of contracts', 'datasets')
    .option('--check', 'for CI: write nothing, and report a missing or stale derived-types.json as a problem')
    .option('--types', 'only print the content of derived-types.json: the types that Spark gives to derived columns')
    .addOption(
      new Option('--format <format>', 'format of problems; github: annotations of a workflow').choices(['text', 'github']).default('text'),
    )
    .option('--json', 'print one object: {"ok", "datasets", "problems": [{"file", "line", "field", "message"}]}')
    .addHelpText('after', '\nThe command writes the types of derived columns to derived-types.json beside the contracts: commit that file.')
    .addHelpText('after', helpExamples('validate --contracts datasets', 'validate --check --json'))
    .addHelpText('after', '\nExit codes: 0 no problem, 2 problems (listed on stderr).')
    .action(async (options: Options) => {
      if (options.types) return printTypes(options.contracts, setExitCode)
      const checked = await checkContracts(options.contracts)
      const problems = [...checked.problems, ...keepTypes(checked, options)]
      const datasets = checked.contracts.map(({ dataset, version }) => ({ dataset, version }))
      if (problems.length > 0) {
        printProblems(problems, options.format)
        setExitCode(2)
      }
      if (options.json) terminal.printJson({ ok: problems.length === 0, datasets, problems })
      else if (problems.length === 0) {
        const count = datasets.length === 1 ? '1 contract is' : `${datasets.length} contracts are`
        terminal.print(`${terminal.colours.green('✔')} ${count} good: ${datasets.map(({ dataset }) => dataset).join(', ')}`)
      }
    })
}

/** Brings derived-types.json up to date where the contracts are good, or has a problem for what is wrong with it. */
function keepTypes({ derivedTypes, problems }: CheckedContracts, { contracts, check }: Options) {
  if (problems.length > 0) return []
  const { file, isCurrent, write } = committedTypes(contracts, derivedTypes)
  if (isCurrent) return []
  if (check)
    return [
      {
        file,
        line: 1,
        field: '(file)',
        message: `differs from the types that Spark reports: run ${sluiceCommand(NEXT_COMMANDS.validate())} and commit the file`,
      },
    ]
  try {
    write()
    terminal.note(`${file} has changed: commit it with the contracts`)
  } catch (error) {
    terminal.note(`${file} cannot be written (${(error as NodeJS.ErrnoException).code}); packaging asks Spark instead`)
  }
  return []
}

async function printTypes(folder: string, setExitCode: SetExitCode): Promise<void> {
  const { files, problems } = await readContractsFolder(folder)
  if (problems.length > 0) {
    noteProblems(problems)
    return setExitCode(2)
  }
  terminal.print(writeDerivedTypes(await derivedTypesOf(files)).trimEnd())
}
