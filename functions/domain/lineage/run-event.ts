/** The part of OpenLineage 2-0-2 that Sluice writes (openlineage.io/spec/2-0-2/OpenLineage.json); tests hold it to the specification's own schemas. */
export interface RunEvent {
  eventType: 'START' | 'COMPLETE' | 'FAIL' | 'ABORT'
  eventTime: string
  producer: string
  schemaURL: string
  run: { runId: string; facets?: Facets }
  job: { namespace: string; name: string; facets?: Facets }
  inputs: LineageDataset[]
  outputs: LineageDataset[]
}

export interface LineageDataset {
  /** `arn:aws:glue:<region>:<account>`, and `table/<database>/<table>`: the specification's names for tables of the Glue catalog. */
  namespace: string
  name: string
  facets?: Facets
  inputFacets?: Facets
  outputFacets?: Facets
}

type Facet = { _producer: string; _schemaURL: string } & Record<string, unknown>
export type Facets = Record<string, Facet>

export const PRODUCER = 'urn:sluice'
export const EVENT_SCHEMA = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'

/** The version of each facet's schema, and the schema's name. */
const FACETS = {
  schema: ['1-2-0', 'SchemaDatasetFacet'],
  ownership: ['1-0-1', 'OwnershipDatasetFacet'],
  columnLineage: ['1-2-0', 'ColumnLineageDatasetFacet'],
  outputStatistics: ['1-0-2', 'OutputStatisticsOutputDatasetFacet'],
  dataQualityAssertions: ['1-1-0', 'DataQualityAssertionsDatasetFacet'],
  errorMessage: ['1-0-1', 'ErrorMessageRunFacet'],
  parent: ['1-2-0', 'ParentRunFacet'],
  sql: ['1-1-0', 'SQLJobFacet'],
  jobType: ['2-0-4', 'JobTypeJobFacet'],
} as const

/** `{ schema: { … } }`, with what the specification wants of every facet. */
export function facet(name: keyof typeof FACETS, content: Record<string, unknown>): Facets {
  const [version, schema] = FACETS[name]
  const _schemaURL = `https://openlineage.io/spec/facets/${version}/${schema}.json#/$defs/${schema}`
  return { [name]: { _producer: PRODUCER, _schemaURL, ...content } }
}
