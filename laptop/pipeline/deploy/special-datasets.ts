import { resolve } from 'node:path'
import { readContractsFolder } from '../../../infra/packaging/contract-files.ts'
import { root } from '../../../setup/places.mjs'

/** Datasets of the folder whose table is Iceberg's, and those with a database. What is wrong with a contract is packaging's to say. */
export async function specialDatasets(contractsDir: string): Promise<{ iceberg: string[]; jdbc: string[] }> {
  const { files } = await readContractsFolder(resolve(root, contractsDir))
  const contracts = files.flatMap(({ contract }) => contract ?? [])
  return {
    iceberg: contracts.filter(({ curated }) => curated.format === 'iceberg').map(({ dataset }) => dataset),
    jdbc: contracts.filter(({ source }) => source.jdbc).map(({ dataset }) => dataset),
  }
}
