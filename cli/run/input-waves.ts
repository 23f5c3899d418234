import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import picomatch from 'picomatch'
import type { Contract } from '../../functions/domain/contract.ts'
import { UsageError } from '../usage-error.ts'

/** What lies in one input folder: `<input>/<dataset>/<partition folders>/<file>`. */
export interface InputWave {
  folder: string
  /** Files that belong to a dataset and are none of what its contract excludes. */
  files: number
  /** Paths that no contract knows, relative to the folder. */
  strangers: string[]
}

/**
 * Looks through the input folders before anything starts.
 * @throws UsageError naming every folder that cannot be used
 */
export async function readInputWaves(folders: string[], contracts: Contract[]): Promise<InputWave[]> {
  const waves: InputWave[] = []
  const wrong: string[] = []
  for (const folder of folders) {
    const kind = await stat(folder).catch(() => undefined)
    if (!kind?.isDirectory()) {
      wrong.push(`--input ${folder}: ${kind ? 'is not a folder' : 'there is no such folder'}`)
      continue
    }
    const wave = await readWave(folder, contracts)
    if (wave.files === 0) {
      const wanted = contracts.map(({ dataset }) => join(folder, dataset)).join(', ')
      wrong.push(`--input ${folder}: holds no file for any of the contracts; files are looked for below ${wanted}`)
    }
    waves.push(wave)
  }
  if (wrong.length > 0) throw new UsageError(wrong.join('\n        '))
  return waves
}

async function readWave(folder: string, contracts: Contract[]): Promise<InputWave> {
  const datasets = new Map(contracts.map((contract) => [contract.dataset, picomatch(contract.source.exclude, { dot: true })]))
  const wave: InputWave = { folder, files: 0, strangers: [] }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    if (entry.isDirectory()) continue
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep)
    const isExcluded = datasets.get(path[0] ?? '')
    if (path.length < 2 || !isExcluded) wave.strangers.push(path.join('/'))
    else if (!isExcluded(path.slice(1).join('/'))) wave.files += 1
  }
  wave.strangers.sort()
  return wave
}
