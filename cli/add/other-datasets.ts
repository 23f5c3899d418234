import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { filesBelow } from '../../laptop/pipeline/state/folder-files.ts'
import { UsageError } from '../usage-error.ts'
import type { OtherDataset } from './foreign-keys.ts'
import { readSample } from './read-sample.ts'

/** More would take longer than the sample itself. */
const MOST_BYTES = 64 * 1024 ** 2

/**
 * The datasets with the values of their keys, where their files are beside the sample: `customers.csv` beside `orders.csv`, or the folder `customers` beside the
 * folder `orders` that the sample is in. Of the others the contract alone.
 */
export async function withKeyValues(contracts: Contract[], dataset: string, sample: string | undefined): Promise<OtherDataset[]> {
  if (sample === undefined) return contracts.map((contract) => ({ contract }))
  return Promise.all(
    contracts.map(async (contract) => {
      const found = await filesOf(contract.dataset, dataset, sample)
      const values = found && (await keyValues(contract, found.files))
      return { contract, ...(found && values && { keyValues: { file: found.place, values } }) }
    }),
  )
}

async function filesOf(other: string, dataset: string, sample: string): Promise<{ place: string; files: string[] } | undefined> {
  const home = folderOf(dataset, sample)
  if (home !== undefined) {
    const place = join(dirname(home), other)
    const { files } = await filesBelow(place)
    const small = files.reduce((sum, { size }) => sum + size, 0) <= MOST_BYTES
    return files.length > 0 && small ? { place, files: files.map(({ file }) => file) } : undefined
  }
  const beside = await readdir(dirname(sample)).catch(() => [])
  const name = beside.find((file) => file.split('.', 1)[0] === other && file !== basename(sample))
  const place = name && join(dirname(sample), name)
  return place === undefined ? undefined : { place, files: [place] }
}

/** The folder of the dataset that the sample is in: `in/orders` of `in/orders/day=1/a.csv`. */
function folderOf(dataset: string, sample: string): string | undefined {
  for (let folder = dirname(sample); folder !== dirname(folder); folder = dirname(folder)) if (basename(folder) === dataset) return folder
  return undefined
}

/** Undefined where a file cannot be read, is not read whole, or has no column of that name: then nothing follows from what it has. */
async function keyValues({ primary_key: [key = ''], columns, source }: Contract, files: string[]): Promise<Set<string> | undefined> {
  const from = columns[key]?.from ?? key
  const values = new Set<string>()
  for (const file of files) {
    const sample = await readSample(file).catch((error) => {
      if (error instanceof UsageError) return undefined
      throw error
    })
    const column = sample?.whole ? sample.columns.find(({ name }) => name === from) : undefined
    if (!column) return undefined
    for (const text of column.values.keys()) values.add(text)
  }
  return values
}
