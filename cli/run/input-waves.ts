import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { admit, type IgnoreReason } from '../../functions/domain/landing/admission.ts'
import { PARTITION_VALUE_LIMIT } from '../../functions/domain/partition/partition.ts'
import { UsageError } from '../usage-error.ts'

/** A file that will land, and be read by no batch. */
export interface PassedOver {
  /** Relative to the input folder. */
  path: string
  reason: 'foreign-key' | 'unexpected-folders' | 'bad-partition-value' | 'empty'
  /** Undefined when no contract knows its folder. */
  contract?: Contract
}

/** What lies in one input folder: `<input>/<dataset>/<partition folders>/<file>`. */
export interface InputWave {
  folder: string
  /** Files that a batch will read. */
  files: number
  /** Files that none will, but for those that are passed over by rule: hidden ones, and what a contract excludes. */
  passedOver: PassedOver[]
}

const TOLD: ReadonlySet<IgnoreReason> = new Set(['foreign-key', 'unexpected-folders', 'bad-partition-value', 'empty'])
const isTold = (reason: IgnoreReason): reason is PassedOver['reason'] => TOLD.has(reason)

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
      const wanted = contracts.map((contract) => join(folder, placeOf(contract))).join(', ')
      const because = tellPassedOver(wave).map((line) => `; ${line}`)
      wrong.push(`--input ${folder}: holds no file for any of the contracts; files are looked for as ${wanted}${because.join('')}`)
    }
    waves.push(wave)
  }
  if (wrong.length > 0) throw new UsageError(wrong.join('\n        '))
  return waves
}

/** Judges each file below the folder as record-landings will. */
export async function readWave(folder: string, contracts: Contract[]): Promise<InputWave> {
  const byDataset = new Map(contracts.map((contract) => [contract.dataset, contract]))
  const wave: InputWave = { folder, files: 0, passedOver: [] }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue
    const file = join(entry.parentPath, entry.name)
    const path = relative(folder, file).split(sep).join('/')
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) continue
    const { size } = found
    const landed = { kind: 'created' as const, bucket: '', key: `raw/${path}`, size, etag: '', sequencer: '', time: '', oldVersion: false }
    const admission = admit(landed, landed.bucket, byDataset)
    if ('landing' in admission) wave.files += 1
    else if (isTold(admission.ignored)) {
      const contract = byDataset.get(admission.dataset ?? '')
      wave.passedOver.push({ path, reason: admission.ignored, ...(contract && { contract }) })
    }
  }
  wave.passedOver.sort((left, right) => (left.path < right.path ? -1 : 1))
  return wave
}

const SHOWN = 5

/** What is passed over and why, a line for each dataset and reason. */
export function tellPassedOver({ passedOver }: Pick<InputWave, 'passedOver'>): string[] {
  const groups = new Map<string, PassedOver[]>()
  for (const one of passedOver) {
    const id = `${one.contract?.dataset ?? ''} ${one.reason}`
    groups.set(id, [...(groups.get(id) ?? []), one])
  }
  return [...groups.values()].map((group) => {
    const more = group.length > SHOWN ? ` and ${group.length - SHOWN} more` : ''
    const names = group.slice(0, SHOWN).map(({ path }) => path)
    return `${whyPassedOver(group[0] as PassedOver)}: ${names.join(', ')}${more}`
  })
}

function whyPassedOver({ reason, contract }: PassedOver): string {
  if (reason === 'empty') return 'passed over, since there is nothing in it'
  if (contract === undefined || reason === 'foreign-key') return 'passed over, since no contract knows where it lies'
  if (reason === 'unexpected-folders') return `passed over, since it does not lie as ${placeOf(contract)}`
  return `passed over, since a partition value is empty, longer than ${PARTITION_VALUE_LIMIT} characters, or holds a quote, a slash, ".." or a control character`
}

/** Where a contract looks for files: `orders/ingest_date=…/<file>`. */
const placeOf = ({ dataset, source }: Contract) => [dataset, ...source.partition_keys.map((key) => `${key}=…`), '<file>'].join('/')
