import { Command } from 'commander'
import { fieldName } from '../../../functions/domain/contract/file.ts'
import { readContractsFolder } from '../../../infra/packaging/contract-files.ts'
import { askSpark, type SparkFindings } from '../../contracts/spark-check.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { noteProblems } from '../../problem-list.ts'
import { plainTable } from '../../run/run-table.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

type Power = SparkFindings['rules'][number]['power']

const MEANING: Record<Power, string> = {
  rows: 'gates the batch; could set single rows aside as a quarantine rule',
  gate: 'gates the batch as a whole',
  'not run': 'is not run by the engine',
}

export function lintCommand(setExitCode: SetExitCode): Command {
  return new Command('lint')
    .description('show for each DQDL rule whether it can judge rows, only stops the batch, or does not run')
    .argument('[dataset]')
    .option('--contracts <folder>', 'folder of contracts', 'datasets')
    .option('--json', 'print one object: {"rules": [{"dataset", "line", "rule", "power": "rows" | "gate" | "not run"}], "problems"}')
    .addHelpText('after', helpExamples('lint', 'lint orders --contracts datasets --json'))
    .addHelpText('after', '\nExit codes: 0 every rule runs, 2 a rule does not run or a contract is bad.')
    .action(async (dataset: string | undefined, options: { contracts: string; json?: boolean }) => {
      const read = await readContractsFolder(options.contracts)
      const wanted = read.files.filter((file) => dataset === undefined || file.draft?.dataset === dataset)
      if (dataset !== undefined && wanted.length === 0) throw new UsageError(`${options.contracts} has no contract of ${dataset}`)
      // Rules may refer to other datasets, so Spark gets all of them.
      const askable = read.files.filter((file) => file.draft?.columns !== undefined)
      const findings = await askSpark(askable.flatMap(({ draft }) => (draft ? [draft] : [])))
      const rules = []
      const problems = read.problems.filter(({ file }) => wanted.some((each) => each.file === file))
      for (const [index, { file, draft, lineOf }] of askable.entries()) {
        if (!wanted.some((each) => each.file === file)) continue
        const lineIn = (path: (string | number)[], textLine?: number) => lineOf?.(path, textLine) ?? 1
        for (const { rule, textLine, power } of findings[index]?.rules ?? []) {
          rules.push({ dataset: draft?.dataset ?? '', line: lineIn(['quality'], textLine), rule, power })
        }
        for (const { path, message, textLine } of findings[index]?.problems ?? []) {
          if (path[0] === 'quality') problems.push({ file, line: lineIn(path, textLine), field: fieldName(path), message })
        }
      }
      if (options.json) terminal.printJson({ rules, problems })
      else printRules(rules)
      if (problems.length > 0) {
        if (!options.json) noteProblems(problems)
        setExitCode(2)
      }
    })
}

function printRules(rules: { dataset: string; line: number; rule: string; power: Power }[]): void {
  const { bold, red } = terminal.colours
  if (rules.length === 0) return terminal.print('no DQDL rules')
  const table = plainTable(
    ['dataset', 'line', 'rule', 'what it does'].map((head) => bold(head)),
    [1],
  )
  for (const { dataset, line, rule, power } of rules) {
    table.push([dataset, line, rule, power === 'not run' ? red(MEANING[power]) : MEANING[power]])
  }
  terminal.print(table.toString().replaceAll(/ +$/gm, ''))
}
