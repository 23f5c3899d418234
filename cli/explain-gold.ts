import type { Contract } from '../functions/domain/contract/contract.ts'
import { type Gold, keyOf } from '../functions/domain/contract/fields/gold.ts'
import { isSchedule } from '../functions/domain/contract/fields/schedule.ts'

/** What will happen to a gold dataset when a source publishes, a sentence a step. */
export function explainGold({ dataset, owner, primary_key: key, curated, quality, reconcile }: Contract, gold: Gold): string[] {
  const names = Object.keys(gold.sources)
  const checks = Object.keys(reconcile ?? {})
  return [
    `The table ${dataset} is computed by SQL from ${list(names)}. No file lands for it.`,
    isSchedule(gold.start)
      ? `At ${gold.start}, one batch begins if any of ${list(names)} has published since the last one.`
      : gold.start === 'after_any' || names.length === 1
        ? `When ${names.length === 1 ? names[0] : `any of ${list(names)}`} publishes a batch, and all that it is made of has settled, one batch begins.`
        : `When each of ${list(names)} has published since its last batch, and all have settled, one batch begins.`,
    'Before each of them has published once, it waits.',
    ...Object.entries(gold.sources).map(([source, { rebuilds }]) => reach(source, rebuilds, curated.partition_by)),
    `Each row has its own ${list(key)}. A batch with a key twice, or without one, fails.`,
    ...(checks.length > 0 ? [`Before it is published, gold and sources must give the same number for ${list(checks)}.`] : []),
    quality === undefined
      ? 'There are no DQDL rules.'
      : 'The DQDL rules judge the rebuilt rows. If a rule fails, nothing is published and subscribers get an alert.',
    curated.format === 'iceberg'
      ? `The batch is one commit to the Iceberg table ${dataset}: readers see all of it or nothing.`
      : `Partitions of ${dataset} are replaced one after the other, each as a whole.`,
    `Alerts go to subscribers of the topic and name ${owner} as the owner.`,
  ]
}

function reach(source: string, rebuilds: Gold['sources'][string]['rebuilds'], partitionBy: string[]): string {
  if (rebuilds === 'all') return `A change of ${source} rebuilds the whole table.`
  if (rebuilds === 'none') return `A change of ${source} rebuilds nothing: rows have it as it was when their partition was last rebuilt.`
  const key = keyOf(rebuilds)
  if (key) return `A change of ${source} rebuilds the rows with the ${list(key)} that it changed, before and after, and no others.`
  const mapped = Object.entries(rebuilds).map(([column, sql]) => `${column} = ${sql}`)
  const whole = partitionBy.every((column) => column in rebuilds) ? 'the partition' : 'every partition'
  return `A change of a partition of ${source} rebuilds ${whole} with ${mapped.join(' and ')}.`
}

function list(names: string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
