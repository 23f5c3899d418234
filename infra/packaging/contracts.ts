import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, extname, join, relative, resolve } from 'node:path'
import { knownDerivedTypes } from '../../cli/contracts/derived-types.ts'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { type FileProblem, parseContract } from '../../functions/domain/contract/file.ts'
import { columnTypes } from './catalog-types.ts'

/** The contracts cannot be packaged; the message is the list of what is wrong and where. */
export class ContractsRefused extends Error {
  override name = 'ContractsRefused'
}

/** A contract, and the catalog's type of each of its columns, derived ones last. */
export interface TypedContract {
  contract: Contract
  types: Record<string, string>
}

/** Every contract of the folder, in order of name; all problems of all files at once. */
export function readContracts(root: string, contractsDir = 'datasets'): TypedContract[] {
  const folder = resolve(root, contractsDir)
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => ['.yml', '.yaml'].includes(extname(name))) : []
  if (files.length === 0) throw new ContractsRefused(`${folder} holds no contract (<dataset>.yml); \`sluice add\` writes one`)
  const problems: FileProblem[] = []
  const contracts: TypedContract[] = []
  for (const name of files.sort()) {
    const shown = relative(root, join(folder, name))
    const file = shown.startsWith('..') ? join(folder, name) : shown
    const parsed = parseContract(readFileSync(join(folder, name), 'utf8'), file, basename(name, extname(name)))
    if (!parsed.ok) {
      problems.push(...parsed.problems)
      continue
    }
    const { contract, lineOf } = parsed
    const types = columnTypes(contract, knownDerivedTypes(contract.version))
    for (const column of Object.keys(types).filter((name) => types[name] === undefined)) {
      const message = `has a type that only Spark can tell: run \`npx sluice validate\`, which asks it, or write CAST(${contract.derive[column]} AS <type>)`
      problems.push({ file, line: lineOf(['derive', column]), field: `derive.${column}`, message })
    }
    contracts.push({ contract, types: types as Record<string, string> })
  }
  problems.push(...clashes(contracts, folder))
  if (problems.length > 0) {
    const lines = problems.map(({ file, line, field, message }) => `  ${file}:${line}  ${field}  ${message}`)
    throw new ContractsRefused(`the contracts cannot be packaged:\n${lines.join('\n')}`)
  }
  return contracts
}

// `orders` and its tables orders_raw, orders_staged, orders_quarantine share one database with every other dataset.
function clashes(contracts: TypedContract[], folder: string): FileProblem[] {
  const names = new Set(contracts.map(({ contract }) => contract.dataset))
  return [...names].flatMap((dataset) =>
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
