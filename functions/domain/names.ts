import { createHash } from 'node:crypto'

/**
 * Names that the template, the handlers and the laptop must agree on. `prefix` is `sluice-<stage>` (RESOURCE_PREFIX).
 * What a pattern matches has an underscore behind it, which no stage has: `sluice-dev_*` is nothing of the stage `dev-2`.
 */
export const rawCrawlerName = (prefix: string, dataset: string) => `${prefix}_${dataset}-raw`
export const curatedCrawlerName = (prefix: string, dataset: string) => `${prefix}_${dataset}-curated`
export const rulesetName = (prefix: string, dataset: string) => `${prefix}_${dataset}`

/** Lambda takes 64 characters; of a name that would be longer, a hash tells it from others. */
export const landerFunctionName = (prefix: string, dataset: string) => shortened(`${prefix}-land_${dataset}`, dataset)
/** EventBridge takes 64 characters too. */
export const goldScheduleName = (prefix: string, dataset: string) => shortened(`${prefix}_schedule-${dataset}`, dataset)
/** EventBridge Scheduler takes 64 characters too. */
export const extractScheduleName = (prefix: string, dataset: string) => shortened(`${prefix}-extract_${dataset}`, dataset)
export const compactScheduleName = (prefix: string, dataset: string) => shortened(`${prefix}-compact_${dataset}`, dataset)

function shortened(name: string, dataset: string): string {
  if (name.length <= LONGEST_NAME) return name
  const hash = createHash('sha256').update(dataset).digest('hex').slice(0, 8)
  return `${name.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`
}
const LONGEST_NAME = 64
export const extractJobName = (prefix: string, dataset: string) => `${prefix}_${dataset}-extract`
/** A crawler and a connection of the catalog, by which the database's table is there. */
export const databaseCrawlerName = (prefix: string, dataset: string) => `${prefix}_${dataset}-database`
export const glueConnectionName = (prefix: string, connection: string) => `${prefix}_${connection}`
export const curateJobName = (prefix: string) => `${prefix}-curate`

/** The dataset of a raw crawler's name, or undefined for a crawler that is not Sluice's. */
export function datasetOfRawCrawler(prefix: string, crawlerName: string): string | undefined {
  const start = `${prefix}_`
  return crawlerName.startsWith(start) && crawlerName.endsWith('-raw') ? crawlerName.slice(start.length, -'-raw'.length) : undefined
}

export const tableNames = (dataset: string) => ({
  raw: `${dataset}_raw`,
  staged: `${dataset}_staged`,
  curated: dataset,
  quarantine: `${dataset}_quarantine`,
})

/** Where things are: keys in the raw and lake buckets, always with a trailing slash on folders. */
export const rawPrefix = (dataset: string) => `raw/${dataset}/`
export const stagedPrefix = (dataset: string, batchId: string) => `staged/${dataset}/batch_id=${batchId}/`
export const curatedPrefix = (dataset: string) => `curated/${dataset}/`
export const quarantinePrefix = (dataset: string) => `quarantine/${dataset}/`
/** Keys that rows have removed (`delete_when`), in folders like the table's; '' is that of a table without partitions. */
export const tombstonesFolder = (dataset: string, path: string) => `tombstones/${dataset}/${path}${path === '' ? '' : '/'}`
/** What a gold table has seen of the keys of its sources. */
export const sourceKeysPrefix = (dataset: string) => `keys/${dataset}/`
export const stagedTombstonesPrefix = (dataset: string, batchId: string) => `${runPrefix(dataset, batchId)}tombstones/`
export const stagedQuarantinePrefix = (dataset: string, batchId: string) => `${runPrefix(dataset, batchId)}quarantine/`
export const runPrefix = (dataset: string, batchId: string) => `runs/${dataset}/${batchId}/`
/** A later execution of a batch may have a plan of its own: without what has landed again, or gone, since. */
export const planKey = (dataset: string, batchId: string, execution = 1) =>
  `${runPrefix(dataset, batchId)}${execution === 1 ? 'plan' : `plan-r${execution}`}.json`
/** With `run` (see `runOf`), the manifest of an earlier run of the batch's job: kept when the batch runs again. */
export const manifestKey = (dataset: string, batchId: string, run?: string) =>
  `${runPrefix(dataset, batchId)}${run === undefined ? 'manifest' : `manifest-${run}`}.json`
export const qualityKey = (dataset: string, batchId: string) => `${runPrefix(dataset, batchId)}quality.json`
/** OpenLineage events of the batch's executions, a line each. */
export const lineageKey = (dataset: string, batchId: string) => `${runPrefix(dataset, batchId)}lineage.jsonl`
/** What kind of rows the dataset's table has; see domain/batch/table-kind.ts. */
export const tableKindKey = (dataset: string) => `tables/${dataset}.json`
/** How the batch's execution went; only in what the laptop leaves, AWS keeps it itself. */
export const executionKey = (dataset: string, batchId: string) => `${runPrefix(dataset, batchId)}execution.json`

/** arn:…:stateMachine:<machine> and an execution's name → the execution's ARN. */
export const executionArn = (stateMachineArn: string, name: string) => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`
export const executionName = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1)
/** Who discarded which quarantined rows, and why. */
export const discardPrefix = (dataset: string) => `discards/${dataset}/`

/** Owners of a lease that no execution has: the sweep, while it mends what a publisher left, and a person who discards quarantined rows. */
export const SWEEP_OWNER = 'sweep'
export const DISCARD_OWNER = 'discard'
/** Such a lease ends by its time alone. */
export const endsByTime = (owner: string) => owner === SWEEP_OWNER || owner === DISCARD_OWNER

/** Plan and receipt of an extract. */
export const extractFolder = (dataset: string, extractId: string) => `extracts/${dataset}/${extractId}/`

/** What people have rolled back; see use-cases/batch/publish/roll-back.ts. */
export const rollbackPrefix = (dataset: string) => `rollbacks/${dataset}/`
export const rollbackKey = (dataset: string, time: string) => `${rollbackPrefix(dataset)}${time}.json`

/** The time in ids and names: 2025-01-31T12:30:05.123Z → 20250131T123005Z */
export const compactTime = (iso: string) => `${iso.slice(0, 19).replaceAll(/[-:]/g, '')}Z`
