import type { Contract } from '../contract/contract.ts'
import { rawPrefix } from '../names.ts'
import { type PartitionProblem, partitionOf } from '../partition/partition.ts'
import { globMatcher } from './globs.ts'
import type { LandingEvent } from './landing.ts'
import type { ObjectEvent } from './object-event.ts'

/** Why an object is ignored; each is counted under this name. */
export type IgnoreReason =
  | 'test-event'
  | 'other-event'
  | 'foreign-key'
  | 'excluded'
  | 'hidden'
  | 'folder-marker'
  | 'empty'
  | 'old-version'
  | 'bad-name'
  | PartitionProblem

const MISPLACED: ReadonlySet<IgnoreReason> = new Set(['foreign-key', 'unexpected-folders', 'bad-partition-value', 'bad-name'])

/** A file landed where no contract looks for one. Every other reason is a rule of a contract or of Spark. */
export const isMisplaced = (reason: IgnoreReason) => MISPLACED.has(reason)

export type Admission = { landing: Omit<LandingEvent, 'recordedAt'> } | { ignored: IgnoreReason; dataset?: string }

/** Decides whether an object event is the landing of a dataset's file. */
export function admit(event: ObjectEvent, rawBucket: string, contracts: ReadonlyMap<string, Contract>): Admission {
  const [root, dataset = '', ...rest] = event.key.split('/')
  const contract = root === 'raw' && event.bucket === rawBucket ? contracts.get(dataset) : undefined
  // A gold dataset reads no files.
  if (contract === undefined || contract.gold || rest.length === 0) return { ignored: 'foreign-key' }
  const ignored = (reason: IgnoreReason): Admission => ({ ignored: reason, dataset })
  const path = event.key.slice(rawPrefix(dataset).length)
  if (path === '' || path.endsWith('/') || path.endsWith('_$folder$')) return ignored('folder-marker')
  if (excludes(contract)(path)) return ignored('excluded')
  if (rest.some(isHidden)) return ignored('hidden')
  if (event.oldVersion) return ignored('old-version')
  // Only for files that arrive: the removal of an empty file is harmless, and a file that became empty counts as deleted.
  if (event.kind === 'created' && event.size === 0) return ignored('empty')
  const partition = partitionOf(path, contract.source.partition_keys)
  if (typeof partition === 'string') return ignored(partition)
  if (CONTROL.test(path)) return ignored('bad-name')
  const { key, size, sequencer, time: landedAt } = event
  const deleted = event.kind === 'deleted'
  return { landing: { dataset, key, size, etag: deleted ? '' : event.etag, sequencer, partition, landedAt, deleted } }
}

// A listing in XML cannot hold most of them, and Spark finds files by listing.
const CONTROL = /[\p{Cc}\u2028\u2029]/u

// Spark silently skips these, even when a plan names them.
const isHidden = (segment: string) =>
  segment.startsWith('.') || (segment.startsWith('_') && !segment.includes('=')) || segment.endsWith('._COPYING_')

const matchers = new WeakMap<Contract, (path: string) => boolean>()

function excludes(contract: Contract): (path: string) => boolean {
  let matcher = matchers.get(contract)
  if (matcher === undefined) {
    matcher = globMatcher(contract.source.exclude)
    matchers.set(contract, matcher)
  }
  return matcher
}
