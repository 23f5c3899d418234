import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { streamOf } from '../../functions/domain/contract/landers.ts'
import { admit, type IgnoreReason } from '../../functions/domain/landing/admission.ts'
import { PARTITION_VALUE_LIMIT } from '../../functions/domain/partition/partition.ts'
import { isStreamFile } from '../../laptop/pipeline/sources/stream-files.ts'
import { filesBelow } from '../../laptop/pipeline/state/folder-files.ts'
import { printable } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'

/** Something in an input folder that no batch will read. */
export interface PassedOver {
  /** Relative to the input folder. */
  path: string
  /** Ends the sentence "passed over, since …". */
  why: string
}

/** The files of one input folder: `<input>/<dataset>/<partition folders>/<file>`. */
export interface InputWave {
  folder: string
  /** Files that a batch will read. */
  files: number
  /** Files that no batch will read, without those that rules ignore: hidden files, and files that a contract excludes. */
  passedOver: PassedOver[]
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
      wrong.push(`--input ${printable(folder)}: ${kind ? 'is not a folder' : 'there is no such folder'}`)
      continue
    }
    const wave = await readWave(folder, contracts)
    if (wave.files === 0) {
      const wanted = contracts
        .filter(({ gold }) => !gold)
        .map((contract) => join(folder, placeOf(contract)))
        .join(', ')
      const because = tellPassedOver(wave).map((line) => `; ${line}`)
      wrong.push(`--input ${folder}: has no file for any of the contracts; expected ${wanted}${because.join('')}`)
    }
    waves.push(wave)
  }
  if (wrong.length > 0) throw new UsageError(wrong.join('\n        '))
  return waves
}

/** Judges each file below the folder as record-landings does. Only regular files and links to them land. */
export async function readWave(folder: string, contracts: Contract[]): Promise<InputWave> {
  const byDataset = new Map(contracts.map((contract) => [contract.dataset, contract]))
  const { files, left } = await filesBelow(folder)
  const wave: InputWave = { folder, files: 0, passedOver: [...left] }
  for (const { path, size } of files) {
    const landed = { kind: 'created' as const, bucket: '', key: `raw/${path}`, size, etag: '', sequencer: '', time: '', oldVersion: false }
    if (isOfStream(path, byDataset)) {
      wave.files += 1
      continue
    }
    const admission = admit(landed, landed.bucket, byDataset)
    if ('landing' in admission) wave.files += 1
    else {
      const why = whyPassedOver(admission.ignored, byDataset.get(admission.dataset ?? ''))
      if (why) wave.passedOver.push({ path, why })
    }
  }
  wave.passedOver.sort((one, other) => (one.path < other.path ? -1 : 1))
  return wave
}

/** Each line of such a file is put into the dataset's stream. */
function isOfStream(path: string, contracts: Map<string, Contract>): boolean {
  const [dataset = '', ...rest] = path.split('/')
  return isFedByLines(contracts.get(dataset)) && isStreamFile(rest.join('/'))
}

const isFedByLines = (contract: Contract | undefined) => contract !== undefined && streamOf(contract.source)?.kind === 'kinesis'

const SHOWN = 5

/** What is passed over and why, a line for each reason. */
export function tellPassedOver({ passedOver }: Pick<InputWave, 'passedOver'>): string[] {
  const paths = new Map<string, string[]>()
  for (const { path, why } of passedOver) paths.set(why, [...(paths.get(why) ?? []), path])
  return [...paths].map(([why, all]) => {
    const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : ''
    return `ignored, because ${why}: ${all.slice(0, SHOWN).map(printable).join(', ')}${more}`
  })
}

/** Undefined of what is passed over by rule: hidden files, and what a contract excludes. */
function whyPassedOver(reason: IgnoreReason, contract: Contract | undefined): string | undefined {
  if (reason === 'empty') return 'it is empty'
  if (reason === 'foreign-key') return 'no contract has this folder'
  if (reason === 'unexpected-folders' && contract) return `its path does not match ${placeOf(contract)}`
  if (reason === 'bad-partition-value') {
    return `a partition value is empty, longer than ${PARTITION_VALUE_LIMIT} characters, or holds a quote, a slash, ".." or a control character`
  }
  return undefined
}

/** Where a contract looks for files: `orders/ingest_date=…/<file>`. */
const placeOf = ({ dataset, source }: Contract) =>
  [dataset, ...(streamOf(source)?.kind === 'kinesis' ? [] : source.partition_keys.map((key) => `${key}=…`)), '<file>'].join('/')
