import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Contract } from '../../functions/domain/contract/contract.ts'

/** What differs between two states of a folder of contracts, a line for each dataset; the fields by their names. */
export function changesBetween(before: Contract[], now: Contract[]): string[] {
  const older = new Map(before.map((contract) => [contract.dataset, contract]))
  const newer = new Map(now.map((contract) => [contract.dataset, contract]))
  const gone = before.filter(({ dataset }) => !newer.has(dataset)).map(({ dataset }) => `${dataset}: is removed; its tables stay`)
  const changed = now.flatMap((contract) => {
    const earlier = older.get(contract.dataset)
    if (!earlier) return [`${contract.dataset}: is new`]
    // The version is of the text: it changes with a comment.
    const fields = differences({ ...earlier, version: '' }, { ...contract, version: '' })
    return fields.length > 0 ? [`${contract.dataset}: ${fields.join(', ')}`] : []
  })
  return [...gone, ...changed].sort()
}

/** Paths of the values that differ, as far down as both sides have fields. */
function differences(before: unknown, now: unknown, path = ''): string[] {
  if (isDeepStrictEqual(before, now)) return []
  if (!isFields(before) || !isFields(now)) return [path]
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  return names.flatMap((name) => differences(before[name], now[name], path === '' ? name : `${path}.${name}`))
}

const isFields = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value)

export interface WatchedContracts {
  /** Whether they differ from the last reported state, and have not changed since the previous look. */
  wereSaved(): Promise<boolean>
}

/** Looks from now on whether contracts of the folder are saved. */
export async function watchContracts(folder: string): Promise<WatchedContracts> {
  let told = await look(folder)
  let last = told
  return {
    async wereSaved() {
      const now = await look(folder)
      const isStable = now === last
      last = now
      if (!isStable || now === told) return false
      told = now
      return true
    },
  }
}

async function look(folder: string): Promise<string> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).sort()
  const found = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)))
  return names.map((name, index) => `${name} ${found[index]?.size} ${found[index]?.mtimeMs}`).join('\n')
}
