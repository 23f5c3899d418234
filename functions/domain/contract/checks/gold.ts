import type { ContractDraft } from '../draft.ts'
import { keyOf } from '../fields/gold.ts'
import type { Say } from './problem.ts'

/** Fields that are about files, which a gold dataset does not read. */
const OF_FILES = ['derive', 'latest_by', 'drift', 'quarantine', 'references', 'crawl', 'delete_when'] as const

/** A gold dataset has `gold` in place of `source`, and fewer fields. */
export function checkGold({ fields, gold, columns, partitionBy, primaryKey, dataset, onMissing }: ContractDraft, say: Say): void {
  if (gold === undefined) {
    if (!fields.has('source')) say(['source'], 'is missing; a dataset has source, or gold if it is made of other tables')
    if (fields.has('reconcile')) say(['reconcile'], 'compares a gold dataset with its sources; this dataset has no gold')
    return
  }
  if (fields.has('source')) say(['gold'], 'is in place of source; remove one of the two')
  for (const field of OF_FILES)
    if (fields.has(field))
      say([field], `is about files, and a gold dataset reads none; remove it${field === 'derive' ? ', and write it in gold.sql' : ''}`)
  for (const [name, { options }] of columns ?? [])
    for (const option of Object.keys(options).filter((each) => each !== 'sensitive'))
      say(['columns', name, option], 'is about files, and a gold dataset reads none; give the column its type alone')
  for (const [column, choice] of onMissing)
    if (choice === 'quarantine' || choice === 'wait')
      say(['foreign_keys', column, 'on_missing'], `is ${choice}; a gold table has every row of its query, so write warn`)
  const key = new Set(primaryKey.map(({ name }) => name))
  for (const { name, index } of partitionBy)
    if (!key.has(name))
      say(
        ['curated', 'partition_by', index],
        `"${name}" is not in primary_key; a gold table is checked partition by partition, so no two may hold one key`,
      )
  const partitions = new Set(partitionBy.map(({ name }) => name))
  for (const [source, rebuilds] of gold.sources) {
    if (source === dataset) say(['gold', 'sources', source], 'is the dataset itself; a gold table cannot be made of itself')
    const key = keyOf(rebuilds)
    for (const name of key ?? [])
      if (columns !== undefined && !columns.has(name))
        say(
          ['gold', 'sources', source, 'rebuilds', 'key'],
          `"${name}" is not in columns; the key is a column of the source and of the gold table`,
        )
    if (key) continue
    for (const column of typeof rebuilds === 'object' ? Object.keys(rebuilds) : [])
      if (!partitions.has(column))
        say(
          ['gold', 'sources', source, 'rebuilds', column],
          `"${column}" is not in curated.partition_by; whole partitions are rebuilt, so name one of them, or write all`,
        )
  }
}
