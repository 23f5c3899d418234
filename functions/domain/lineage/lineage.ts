import { createHash } from 'node:crypto'
import type { ExecutionEnd } from '../batch/execution-end.ts'
import { failureSentence } from '../batch/failure.ts'
import type { Manifest } from '../batch/manifest/manifest.ts'
import type { Quality } from '../batch/quality.ts'
import type { TableKind } from '../batch/table-kind.ts'
import type { Contract } from '../contract/contract.ts'
import { tableNames } from '../names.ts'
import { columnSources } from './columns.ts'
import { EVENT_SCHEMA, type Facets, facet, type LineageDataset, PRODUCER, type RunEvent } from './run-event.ts'

/** What is known of a batch that has ended; a batch that failed early has no manifest, and one whose rules were not judged no quality. */
export interface EndedRun {
  contract: Contract
  batchId: string
  end: ExecutionEnd
  /** The backfill that the batch is a chunk of. */
  backfillId?: string
  manifest?: Manifest
  quality?: Quality
  /** Types of the table's columns, derived ones too, once a batch has published. */
  kind?: TableKind
  database: string
}

/** The two events of a run of `ingest`: its start, and how it ended. The same for the same run, so that a second call changes nothing. */
export function lineageEvents(ended: EndedRun): RunEvent[] {
  const { end, contract } = ended
  const place = placeOf(end.executionArn)
  const inputs = inputsOf(ended, place.catalog)
  const outputs = outputsOf(ended, place.catalog)
  const job = {
    namespace: place.jobs,
    name: `ingest.${contract.dataset}`,
    facets: {
      ...facet('jobType', { processingType: 'BATCH', integration: 'SLUICE', jobType: 'JOB' }),
      ...(contract.gold && facet('sql', { query: contract.gold.sql, dialect: 'spark' })),
    },
  }
  const run = { runId: uuidOf(`${end.executionArn}#${end.redrives}`), facets: runFacets(ended, place.jobs) }
  const event = { producer: PRODUCER, schemaURL: EVENT_SCHEMA, job, inputs: inputs.map(withoutFacets), outputs: outputs.map(withoutFacets) }
  const started: RunEvent = { eventType: 'START', eventTime: end.startedAt, run: { runId: run.runId }, ...event }
  return [started, { ...event, eventType: END[end.status], eventTime: end.stoppedAt, run, inputs, outputs }]
}

const END = { SUCCEEDED: 'COMPLETE', FAILED: 'FAIL', TIMED_OUT: 'FAIL', ABORTED: 'ABORT' } as const

/** arn:aws:states:<region>:<account>:execution:sluice-<stage>-ingest:<name> */
function placeOf(executionArn: string): { catalog: string; jobs: string } {
  const [, partition, , region, account, , machine = ''] = executionArn.split(':')
  return { catalog: `arn:${partition}:glue:${region}:${account}`, jobs: machine.replace(/-ingest$/, '') }
}

/** What was read: the raw table, or those that gold is made of; and what the rules were judged on. */
function inputsOf({ contract, manifest, quality, database }: EndedRun, catalog: string): LineageDataset[] {
  const names = tableNames(contract.dataset)
  const read = contract.gold ? Object.keys(contract.gold.sources).map((name) => tableNames(name).curated) : [names.raw]
  const inputs = read.map((name) => table(catalog, database, name))
  if (quality === undefined || quality.rules.length === 0 || manifest === undefined) return inputs
  const assertions = quality.rules.map(({ description, name, outcome }) => ({
    assertion: description || name,
    success: outcome === 'PASSED',
  }))
  return [...inputs, { ...table(catalog, database, names.staged), inputFacets: facet('dataQualityAssertions', { assertions }) }]
}

/** The table, and the one of bad rows when it got some. */
function outputsOf(ended: EndedRun, catalog: string): LineageDataset[] {
  const { contract, manifest, database, end } = ended
  const names = tableNames(contract.dataset)
  const curated = table(catalog, database, names.curated, describedBy(ended, catalog))
  const files = manifest?.quarantine.files ?? []
  if (manifest === undefined || files.length === 0 || end.status !== 'SUCCEEDED') return [curated]
  const size = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const statistics = facet('outputStatistics', { rowCount: manifest.rows.quarantined, size, fileCount: files.length })
  return [curated, table(catalog, database, names.quarantine, { outputFacets: statistics })]
}

function describedBy(
  { contract, manifest, kind, end, database }: EndedRun,
  catalog: string,
): Pick<LineageDataset, 'facets' | 'outputFacets'> {
  const types = Object.fromEntries(Object.entries(contract.columns).map(([name, { type }]) => [name, type]))
  const names = [...Object.keys(contract.columns), ...Object.keys(contract.derive)]
  const fields = names.map((name) => ({ name, ...((kind?.columns[name] ?? types[name]) && { type: kind?.columns[name] ?? types[name] }) }))
  const raw = { namespace: catalog, name: `table/${database}/${tableNames(contract.dataset).raw}` }
  const ofFiles = Object.entries(columnSources(contract)).map(([name, sources]) => [
    name,
    { inputFields: sources.map(({ field, subtype }) => ({ ...raw, field, transformations: [{ type: 'DIRECT', subtype }] })) },
  ])
  // Of gold the job has asked Spark's plan, which does not tell a copy from a computation.
  const ofTables = Object.entries(manifest?.gold?.columns ?? {}).map(([name, sources]) => [
    name,
    {
      inputFields: sources.map(([source, field]) => ({
        ...{ namespace: catalog, name: `table/${database}/${tableNames(source).curated}`, field },
        transformations: [{ type: 'DIRECT' }],
      })),
    },
  ])
  const lineage = contract.gold ? ofTables : ofFiles
  const facets = {
    ...facet('schema', { fields }),
    ...facet('ownership', { owners: [{ name: contract.owner }] }),
    ...(lineage.length > 0 && facet('columnLineage', { fields: Object.fromEntries(lineage) })),
  }
  if (manifest === undefined || end.status !== 'SUCCEEDED') return { facets }
  const files = manifest.partitions.flatMap((partition) => partition.files)
  const statistics = {
    rowCount: manifest.partitions.reduce((sum, { rows }) => sum + rows, 0),
    size: files.reduce((sum, { bytes }) => sum + bytes, 0),
    fileCount: files.length,
  }
  return { facets, outputFacets: facet('outputStatistics', statistics) }
}

function runFacets({ end, backfillId, contract }: EndedRun, jobs: string): Facets {
  const message = end.error === undefined ? undefined : failureSentence({ Error: end.error, Cause: end.cause ?? '' })
  return {
    ...(end.status !== 'SUCCEEDED' && facet('errorMessage', { message: message ?? end.status, programmingLanguage: 'SQL' })),
    ...(backfillId !== undefined &&
      facet('parent', { run: { runId: uuidOf(backfillId) }, job: { namespace: jobs, name: `backfill.${contract.dataset}` } })),
  }
}

const table = (namespace: string, database: string, name: string, more: Partial<LineageDataset> = {}): LineageDataset => ({
  namespace,
  name: `table/${database}/${name}`,
  ...more,
})
const withoutFacets = ({ namespace, name }: LineageDataset): LineageDataset => ({ namespace, name })

/** A UUID (of version 8, which is for what an application makes itself) that is the same for the same text. */
function uuidOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex').slice(0, 32)
  const variant = ((Number.parseInt(digits[16] as string, 16) & 0x3) | 0x8).toString(16)
  return [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, variant + digits.slice(17, 20), digits.slice(20)].join('-')
}
