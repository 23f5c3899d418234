import { isOver } from '../../../functions/domain/batch/record.ts'
import { traitsOf } from '../../../functions/domain/batch/source.ts'
import { selects } from '../../../functions/domain/partition/predicate-evaluation.ts'
import { parsePredicate } from '../../../functions/domain/partition/predicate-parser.ts'
import type { BatchFacts, DatasetFacts } from '../facts.ts'
import type { PartitionModel } from './model.ts'

interface Tally extends PartitionModel {
  rowsRead: number
}

/** Every raw partition that a batch has taken, that waits, or that has rows in quarantine; in the order of their paths. */
export function partitionsOf(facts: DatasetFacts): PartitionModel[] {
  const tallies = new Map<string, Tally>()
  const find = (values: Record<string, string>) => {
    const path = pathOf(values)
    const known = tallies.get(path) ?? emptyTally(path, values)
    tallies.set(path, known)
    return known
  }
  for (const [place, batch] of facts.batches.entries()) addLandings(batch, place, find)
  for (const path of Object.keys(facts.quarantine?.partitions ?? {})) find(valuesOf(path))
  // Only now are the partitions known among which a manual batch has chosen.
  for (const [place, batch] of facts.batches.entries()) addChosen(batch, place, tallies)
  for (const tally of tallies.values()) tally.state = stateOf(tally, facts.batches)
  for (const { size, partition } of facts.waiting?.objects ?? []) {
    const tally = find(partition)
    tally.files += 1
    tally.bytes += size
    tally.state = 'landed'
  }
  const spread = facts.batches.map(({ plan }) => new Set(plan?.objects.map(({ partition }) => pathOf(partition))).size)
  return [...tallies.values()]
    .sort((left, right) => (left.path < right.path ? -1 : 1))
    .map(({ rowsRead, ...tally }) => ({ ...tally, ...shareOf(tally, rowsRead, facts, spread) }))
}

const emptyTally = (path: string, values: Record<string, string>): Tally => ({
  path,
  values,
  state: 'curated',
  files: 0,
  bytes: 0,
  batches: [],
  inQuarantine: null,
  quarantinedShare: null,
  shareIsEstimate: false,
  rowsRead: 0,
})

function addLandings({ plan, manifest }: BatchFacts, place: number, find: (values: Record<string, string>) => Tally): void {
  const objects = plan?.objects ?? []
  const bytes = objects.reduce((sum, { size }) => sum + size, 0)
  for (const { size, partition } of objects) {
    const tally = find(partition)
    tally.files += 1
    tally.bytes += size
    if (tally.batches.at(-1) !== place) tally.batches.push(place)
    tally.rowsRead += ((manifest?.rows.read ?? 0) * size) / (bytes || 1)
  }
}

function addChosen({ plan }: BatchFacts, place: number, tallies: Map<string, Tally>): void {
  // A compaction's partitions are curated ones, and those of claimed landings are known.
  if (!plan || !['raw', 'quarantine'].includes(traitsOf(plan.source).reads)) return
  const predicates = plan.predicates.map((text) => tryPredicate(text, [...tallies.values()][0]?.values ?? {}))
  for (const tally of tallies.values()) {
    const isChosen = predicates.length === 0 || predicates.some((predicate) => predicate && selects(predicate, tally.values))
    if (isChosen) tally.batches = [...tally.batches, place].sort((left, right) => left - right)
  }
}

// Written by some version of Sluice, maybe not by this one: a predicate that cannot be read selects nothing here.
function tryPredicate(text: string, values: Record<string, string>) {
  try {
    return parsePredicate(text, Object.keys(values))
  } catch {
    return undefined
  }
}

function stateOf({ batches }: Tally, facts: BatchFacts[]): PartitionModel['state'] {
  const last = batches.map((place) => facts[place]?.status).findLast((status) => status !== undefined && !isOver(status))
  return last === 'failed' || last === 'running' ? last : 'curated'
}

/** @param spread the number of partitions with objects of each batch */
function shareOf(
  { path, batches }: Omit<Tally, 'rowsRead'>,
  rowsRead: number,
  { quarantine, batches: all }: DatasetFacts,
  spread: number[],
) {
  const inQuarantine = quarantine ? (quarantine.partitions[path] ?? 0) : null
  const last = batches.map((place) => all[place]).findLast((batch) => batch?.manifest)
  const rateOfBatch = last?.manifest && last.manifest.rows.read > 0 ? last.manifest.rows.quarantined / last.manifest.rows.read : null
  if (inQuarantine === null || rowsRead === 0) return { inQuarantine, quarantinedShare: rateOfBatch, shareIsEstimate: true }
  const isExact = batches.every((place) => (spread[place] ?? 0) <= 1)
  return { inQuarantine, quarantinedShare: Math.min(1, inQuarantine / rowsRead), shareIsEstimate: !isExact }
}

export const pathOf = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join('/')

/** `month=2025-01/region=eu` → its values, as the path has them. */
export const valuesOf = (path: string): Record<string, string> =>
  Object.fromEntries(
    path
      .split('/')
      .map((part) => part.split('='))
      .flatMap(([key, ...value]) => (key && value.length > 0 ? [[key, value.join('=')]] : [])),
  )
