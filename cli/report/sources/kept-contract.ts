import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contract } from '../../../functions/domain/contract/contract.ts'

const contractFile = (folder: string, dataset: string) => join(folder, 'runs', dataset, 'contract.json')

/** A deployment has its contracts; beside the results of a run they are kept for the report. */
export async function keepContract(contract: Contract, folder: string): Promise<void> {
  const file = contractFile(folder, contract.dataset)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, `${JSON.stringify(contract, null, 1)}\n`)
}

/** Null of a folder from before contracts were kept. */
export async function keptContract(folder: string, dataset: string): Promise<Contract | null> {
  const text = await readFile(contractFile(folder, dataset), 'utf8').catch(() => undefined)
  if (text === undefined) return null
  try {
    const contract = JSON.parse(text) as Contract
    return contract.dataset === dataset ? contract : null
  } catch {
    return null
  }
}
