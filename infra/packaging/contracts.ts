import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, extname, join, relative, resolve } from 'node:path'
import type { Contract } from '../../functions/domain/contract.ts'
import { type FileProblem, parseContract } from '../../functions/domain/contract-file.ts'
import { derivedColumnProblems } from './catalog-types.ts'

/** The contracts cannot be packaged; the message is the list of what is wrong and where. */
export class ContractsRefused extends Error {
  override name = 'ContractsRefused'
}

/** Every contract of the folder, in order of name; all problems of all files at once. */
export function readContracts(root: string, contractsDir = 'datasets'): Contract[] {
  const folder = resolve(root, contractsDir)
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => ['.yml', '.yaml'].includes(extname(name))) : []
  if (files.length === 0) throw new ContractsRefused(`${folder} holds no contract (<dataset>.yml); \`sluice add\` writes one`)
  const problems: FileProblem[] = []
  const contracts: Contract[] = []
  for (const name of files.sort()) {
    const shown = relative(root, join(folder, name))
    const file = shown.startsWith('..') ? join(folder, name) : shown
    const parsed = parseContract(readFileSync(join(folder, name), 'utf8'), file, basename(name, extname(name)))
    if (!parsed.ok) {
      problems.push(...parsed.problems)
      continue
    }
    for (const { column, message } of derivedColumnProblems(parsed.contract)) {
      problems.push({ file, line: parsed.lineOf(['derive', column]), field: `derive.${column}`, message })
    }
    contracts.push(parsed.contract)
  }
  problems.push(...clashes(contracts, folder))
  if (problems.length > 0) {
    const lines = problems.map(({ file, line, field, message }) => `  ${file}:${line}  ${field}  ${message}`)
    throw new ContractsRefused(`the contracts cannot be packaged:\n${lines.join('\n')}`)
  }
  return contracts
}

// `orders` and its tables orders_raw, orders_staged, orders_quarantine share one database with every other dataset.
function clashes(contracts: Contract[], folder: string): FileProblem[] {
  const names = new Set(contracts.map(({ dataset }) => dataset))
  return contracts.flatMap(({ dataset }) =>
    ['raw', 'staged', 'quarantine']
      .filter((kind) => names.has(`${dataset}_${kind}`))
      .map((kind) => ({
        file: join(folder, `${dataset}_${kind}.yml`),
        line: 1,
        field: 'dataset',
        message: `"${dataset}_${kind}" is the name of a table of dataset "${dataset}"; choose another`,
      })),
  )
}
