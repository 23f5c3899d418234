import { Command, Option } from 'commander'
import type { FileProblem } from '../../../functions/domain/contract/file.ts'
import { plural } from '../../../functions/domain/words.ts'
import { readContractsFolder } from '../../../infra/packaging/contract-files.ts'
import { differences } from '../../examples/compare.ts'
import { findTests } from '../../examples/find-tests.ts'
import { runExamples } from '../../examples/run-examples.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { type ProblemFormat, printProblems } from '../../problem-list.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

interface Options {
  contracts: string
  format: ProblemFormat
  json?: boolean
}

export function testCommand(setExitCode: SetExitCode): Command {
  return new Command('test')
    .description(
      'run the examples beside the contracts (orders.test.yml beside orders.yml): rows in, expected rows out, without a pipeline',
    )
    .argument('[dataset]')
    .option('--contracts <folder>', 'folder of contracts and their tests', 'datasets')
    .addOption(
      new Option('--format <format>', 'format of problems; github: annotations of a workflow').choices(['text', 'github']).default('text'),
    )
    .option('--json', 'print one object: {"ok", "tests": [{"dataset", "name", "ok"}], "problems": [{"file", "line", "field", "message"}]}')
    .addHelpText('after', '\ndocs/how-to/test-contracts.md shows how a test is written.')
    .addHelpText('after', helpExamples('test --contracts datasets', 'test orders --format github'))
    .addHelpText('after', '\nExit codes: 0 every test passed, 1 a test failed, 2 a contract or a test file is wrong.')
    .action(async (wanted: string | undefined, options: Options) => {
      const { files, problems: wrong } = await readContractsFolder(options.contracts)
      const contracts = new Map(files.flatMap(({ contract }) => (contract ? [[contract.dataset, contract] as const] : [])))
      if (wrong.length > 0) return refuse(wrong, options, setExitCode)
      if (wanted !== undefined && !contracts.has(wanted))
        throw new UsageError(`${options.contracts} has no contract of "${wanted}"; it has ${[...contracts.keys()].join(', ')}`)
      const { tests, problems } = await findTests(options.contracts, contracts, wanted)
      if (problems.length > 0) return refuse(problems, options, setExitCode)
      const outcomes = await runExamples(tests, contracts)
      const results = tests.map((test, place) => ({
        test,
        found: differences(test, outcomes[place] ?? { error: 'has no outcome' }, contracts.get(test.dataset)?.primary_key ?? []),
      }))
      const found = results.flatMap((each) => each.found)
      if (found.length > 0) setExitCode(1)
      printProblems(found, options.format)
      const passed = results.filter((each) => each.found.length === 0).length
      if (options.json) {
        const shown = results.map(({ test, found: of }) => ({ dataset: test.dataset, name: test.name, ok: of.length === 0 }))
        return terminal.printJson({ ok: found.length === 0, tests: shown, problems: found })
      }
      if (tests.length === 0)
        return terminal.print(`no test in ${options.contracts}: write ${wanted ?? 'orders'}.test.yml beside ${wanted ?? 'orders'}.yml`)
      terminal.print(`${passed} of ${plural(tests.length, 'test')} passed`)
    })
}

function refuse(problems: FileProblem[], { format, json }: Options, setExitCode: SetExitCode): void {
  printProblems(problems, format)
  setExitCode(2)
  if (json) terminal.printJson({ ok: false, tests: [], problems })
}
