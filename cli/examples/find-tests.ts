import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import type { FileProblem } from '../../functions/domain/contract/file.ts'
import { type ContractTest, readTestFile, TEST_ENDING } from './test-file.ts'

/** The tests beside the contracts of a folder, and all that is wrong with their files. */
export async function findTests(folder: string, contracts: Map<string, Contract>, wanted?: string) {
  const tests: ContractTest[] = []
  const problems: FileProblem[] = []
  for (const name of (await readdir(folder)).filter((each) => TEST_ENDING.test(each)).sort()) {
    const dataset = name.replace(TEST_ENDING, '')
    if (wanted !== undefined && dataset !== wanted) continue
    const file = join(folder, name)
    const contract = contracts.get(dataset)
    if (contract === undefined) {
      problems.push({ file, line: 1, field: '(file)', message: `is for dataset "${dataset}", which has no contract here` })
      continue
    }
    if (contract.gold) {
      problems.push({
        file,
        line: 1,
        field: '(file)',
        message: `is for gold dataset "${dataset}", which has no files; only datasets with a source have tests`,
      })
      continue
    }
    const read = readTestFile(await readFile(file, 'utf8'), file, dataset)
    tests.push(...read.tests)
    problems.push(...read.problems, ...read.tests.flatMap((test) => unknownNames(test, contract)))
  }
  return { tests, problems }
}

/** Names that the contract does not have: such a test could only fail, and not say why. */
function unknownNames({ file, example, lineOf }: ContractTest, contract: Contract): FileProblem[] {
  const at = (path: (string | number)[], message: string) => ({ file, line: lineOf(path), field: path.join('.'), message })
  const keys = contract.source.partition_keys
  const references = Object.keys(contract.references)
  return [
    ...Object.keys(example.partition)
      .filter((key) => !keys.includes(key))
      .map((key) => at(['partition', key], `is not a partition key; the contract has ${keys.join(', ') || 'none'}`)),
    ...Object.keys(example.references)
      .filter((alias) => !references.includes(alias))
      .map((alias) => at(['references', alias], `is not a reference; the contract has ${references.join(', ') || 'none'}`)),
    ...(example.expect.failed_rules && !contract.quality ? [at(['expect', 'failed_rules'], 'the contract has no quality rules')] : []),
  ]
}
