import { inFull } from '../../words.ts'
import { percent } from './manifest-summary.ts'
import type { ColumnProfile, Profile } from './profile.ts'

/** Of all rows: a smaller change of the share of NULLs is no news, unless there were none. */
const LEAST_NULLS = 0.01
/** Columns with more values than this are no list of kinds, and grow with the rows. */
const MOST_KINDS = 100
/** How many times as many, or as few, kinds are news. */
const KINDS_FACTOR = 1.5

/** Column → what is different from the batch before, in words; columns without news are left out. */
export function profileChanges(now: Profile, before: Profile): Record<string, string[]> {
  const found = Object.entries(now.columns).map(([name, column]) => [name, changesOf(column, before.columns[name], now, before)] as const)
  return Object.fromEntries(found.filter(([, changes]) => changes.length > 0))
}

/** Columns that a sentence names. */
const COLUMNS_SHOWN = 5

/** The same in one sentence; undefined without news. */
export function profileFinding(now: Profile, before: Profile): string | undefined {
  const changed = Object.entries(profileChanges(now, before))
  if (changed.length === 0) return undefined
  const named = changed.slice(0, COLUMNS_SHOWN).map(([name, changes]) => `${name}: ${changes.join(', ')}`)
  return [...named, ...(changed.length > COLUMNS_SHOWN ? [`and ${changed.length - COLUMNS_SHOWN} more columns`] : [])].join('; ')
}

function changesOf(now: ColumnProfile, before: ColumnProfile | undefined, { rows }: Profile, { rows: rowsBefore }: Profile): string[] {
  if (before === undefined) return ['new column']
  return [nullsChange(now.nulls / rows, before.nulls / rowsBefore), kindsChange(now, before), ...rangeChanges(now, before)].filter(
    (change) => change !== undefined,
  )
}

function nullsChange(now: number, before: number): string | undefined {
  const isNews = before === 0 ? now > 0 : Math.abs(now - before) >= LEAST_NULLS
  return isNews ? `NULLs ${percent(before)} → ${percent(now)}` : undefined
}

function kindsChange(now: ColumnProfile, before: ColumnProfile): string | undefined {
  const [fewer, more] = [Math.min(now.distinct, before.distinct), Math.max(now.distinct, before.distinct)]
  const isNews = fewer > 0 && fewer <= MOST_KINDS && more - fewer >= 2 && more >= KINDS_FACTOR * fewer
  return isNews ? `values ${inFull(before.distinct)} → ${inFull(now.distinct)}` : undefined
}

/** Numbers that are farther out, by more than all that there was before. Times go on by themselves. */
function rangeChanges(now: ColumnProfile, before: ColumnProfile): string[] {
  if (now.histogram === undefined || before.histogram === undefined) return []
  const [least, most] = [Number(before.min), Number(before.max)]
  const span = most - least
  if (!Number.isFinite(span) || span === 0) return []
  return [
    ...(Number(now.min) < least - span ? [`min ${before.min} → ${now.min}`] : []),
    ...(Number(now.max) > most + span ? [`max ${before.max} → ${now.max}`] : []),
  ]
}
