import type { Contract } from '../../../functions/domain/contract/contract.ts'
import type { SourceFormat } from '../../../functions/domain/contract/fields/source.ts'
import type { Value } from '../template/template.ts'

/** How the catalog, and Athena with it, reads the files of a table. */
export interface CatalogFormat {
  storage: Record<string, Value>
  parameters: Record<string, string>
}

export const PARQUET: CatalogFormat = {
  storage: {
    InputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    OutputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
  },
  parameters: { classification: 'parquet' },
}
/** Columns go by name, as the job takes them; otherwise Athena takes them by their place (https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html). */
const ORC: CatalogFormat = {
  storage: {
    InputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcInputFormat',
    OutputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat',
    SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.orc.OrcSerde', Parameters: { 'orc.column.index.access': 'false' } },
  },
  parameters: { classification: 'orc' },
}
const TEXT = {
  InputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
  OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
}

interface RawFormat {
  /** Whether the files have the contract's types; else every column of the raw table is a string. */
  hasTypes: boolean
  catalog(contract: Contract): CatalogFormat
}

/** The catalog half of each source format; the job's half is a folder in glue-scripts/sluice_etl/formats. */
export const RAW_FORMATS: Record<SourceFormat, RawFormat> = {
  parquet: { hasTypes: true, catalog: () => PARQUET },
  orc: { hasTypes: true, catalog: () => ORC },
  json: {
    hasTypes: false,
    // An object a line: no SerDe reads arrays or objects over many lines, so of `multiline` files the catalog knows the partitions alone.
    catalog: ({ columns }) => {
      const Parameters = { 'ignore.malformed.json': 'true', ...keysOfColumns(columns) }
      const SerdeInfo = { SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe', Parameters }
      return { storage: { ...TEXT, SerdeInfo }, parameters: { classification: 'json' } }
    },
  },
  csv: { hasTypes: false, catalog: csv },
  // AvroSerDe takes one schema for all files, and has of times milliseconds alone: microseconds would be other moments.
  avro: { hasTypes: false, catalog: partitionsAlone('avro') },
  // No SerDe reads workbooks.
  excel: { hasTypes: false, catalog: partitionsAlone('excel') },
  // Neither does one read XML on Glue and Athena.
  xml: { hasTypes: false, catalog: partitionsAlone('xml') },
  fixed_width: { hasTypes: false, catalog: fixedWidth },
}

// https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html: the key of a column that has another name. Of a path there is none.
const keysOfColumns = (columns: Contract['columns']) =>
  Object.fromEntries(Object.entries(columns).flatMap(([name, { from }]) => (typeof from === 'string' ? [[`mapping.${name}`, from]] : [])))

/**
 * Column → type of files that have types. Athena finds a column by its name in the file, whatever the case (Parquet, and ORC as it is set up
 * here), so a column goes by that name unless another one has it.
 */
export function columnsInFiles(columns: Contract['columns'], types: Record<string, string>): Record<string, string> {
  const named = Object.entries(columns).map(([name, { from }]) => [name, typeof from === 'string' ? from.toLowerCase() : name] as const)
  const times = (inFile: string) => named.filter(([name, other]) => other === inFile || name === inFile).length
  return Object.fromEntries(named.map(([name, inFile]) => [times(inFile) === 1 ? inFile : name, types[name] ?? 'string']))
}

/** What the catalog has of files that no SerDe reads, or reads wrongly. */
function partitionsAlone(classification: string): () => CatalogFormat {
  const SerdeInfo = { SerializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe' }
  return () => ({ storage: { ...TEXT, SerdeInfo }, parameters: { classification } })
}

// Each group looks ahead from the line's beginning, so columns may be in any order and overlap.
function fixedWidth({ columns }: Contract): CatalogFormat {
  const groups = Object.values(columns).map(({ at }) => {
    const [first = 1, last = first] = String(at).split('-').map(Number)
    return `(?=.{${first - 1}}(.{${last - first + 1}}))`
  })
  const SerdeInfo = {
    SerializationLibrary: 'org.apache.hadoop.hive.serde2.RegexSerDe',
    Parameters: { 'input.regex': `${groups.join('')}.*` },
  }
  return { storage: { ...TEXT, SerdeInfo }, parameters: { classification: 'fixed_width' } }
}

function csv({ source: { options }, columns }: Contract): CatalogFormat {
  const delimiter = options.delimiter ?? ','
  const SerdeInfo =
    delimiter.length > 1
      ? {
          SerializationLibrary: 'org.apache.hadoop.hive.serde2.RegexSerDe',
          Parameters: { 'input.regex': fieldsBetween(delimiter, columns) },
        }
      : {
          SerializationLibrary: 'org.apache.hadoop.hive.serde2.OpenCSVSerde',
          Parameters: { separatorChar: delimiter, quoteChar: options.quote ?? '"', escapeChar: options.escape ?? '\\' },
        }
  const header: Record<string, string> = options.header ? { 'skip.header.line.count': '1' } : {}
  return { storage: { ...TEXT, SerdeInfo }, parameters: { classification: 'csv', delimiter, ...header } }
}

/**
 * One group a column. Athena reads delimiters of one character only by its CSV serdes, and has none for longer ones but this
 * (https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html). Quotes stay in the values.
 */
function fieldsBetween(delimiter: string, columns: Contract['columns']): string {
  const literal = delimiter.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return `^${Object.keys(columns)
    .map((_, index, { length }) => (index === length - 1 ? '(.*)' : '(.*?)'))
    .join(literal)}$`
}
