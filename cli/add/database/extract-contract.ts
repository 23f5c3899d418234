import { Document, isMap, type Scalar, YAMLMap } from 'yaml'
import { type DraftedContract, foreignKeyRemark, keyRules, type Wishes } from '../contract-text.ts'
import { contractNames } from '../names.ts'
import { keyOf } from './key.ts'
import type { DatabaseTable } from './table.ts'
import { type ProposedWatermark, proposeWatermark } from './watermark.ts'

/** As the contract may name them, so a column of the database must not. */
const EXTRACT_ID = 'extract_id'
const EXTRACTED = 'extracted'
const PARTS = 4

/** A contract whose dataset is extracted from a table of a database: columns, key and what may not be NULL are the database's own. */
export function draftExtract(
  dataset: string,
  connection: string,
  table: DatabaseTable,
  wishes: Omit<Wishes, 'partitionKeys'>,
): DraftedContract {
  const watermark = proposeWatermark(table)
  const names = contractNames(
    table.columns.map(({ name }) => name),
    watermark.column ? [EXTRACT_ID] : [EXTRACT_ID, EXTRACTED],
  )
  const nameOf = (column: string) => names.get(column) ?? column
  const { key, warnings } = keyOf(table, watermark.column?.name, wishes.key, names)
  const primaryKey = key.map(nameOf)
  const document = new Document({
    dataset,
    owner: wishes.owner,
    source: {
      jdbc: {
        connection,
        table: table.name,
        split: { by: key[0], parts: PARTS },
        ...(watermark.column && { watermark: watermark.column.name }),
        ...(watermark.lag && { lag: watermark.lag }),
      },
    },
    columns: Object.fromEntries(table.columns.map(({ name, type }) => [nameOf(name), nameOf(name) === name ? type : { type, from: name }])),
    ...(!watermark.column && { derive: { [EXTRACTED]: EXTRACT_ID } }),
    primary_key: primaryKey,
    latest_by: [watermark.column ? nameOf(watermark.column.name) : EXTRACTED],
    quarantine: { rules: missing(table, key, nameOf), warn_rate: 0.01, halt_rate: 0.2 },
    quality: keyRules(primaryKey),
  })
  remark(document, table, nameOf, watermark)
  const columns = table.columns.map(({ name, type }) => ({ name: nameOf(name), proposed: { type, nulls: [] } }))
  foreignKeyRemark(document, columns, wishes.others)
  return { text: document.toString({ lineWidth: 0 }), primaryKey, warnings: [...table.warnings, ...warnings] }
}

/** What the database does not allow to be NULL. The key never may. */
const missing = ({ columns }: DatabaseTable, key: string[], nameOf: (column: string) => string) =>
  Object.fromEntries(
    columns
      .filter(({ name, required }) => required && !key.includes(name))
      .map(({ name }) => [`missing_${nameOf(name)}`.slice(0, 128), `${nameOf(name)} IS NULL`]),
  )

function remark(document: Document, table: DatabaseTable, nameOf: (column: string) => string, watermark: ProposedWatermark): void {
  const at = <T>(...path: string[]) => document.getIn(path, true) as T
  const jdbc = at<YAMLMap<Scalar, Scalar>>('source', 'jdbc')
  at<YAMLMap>('source', 'jdbc', 'split').flow = true
  jdbc.comment = [...watermark.remarks, 'Without a schedule you start each extract yourself: schedule: rate(1 hour)']
    .map((line) => ` ${line}`)
    .join('\n')
  for (const { name, remark: text } of table.columns) {
    const node = at<Scalar | YAMLMap>('columns', nameOf(name))
    if (isMap(node)) node.flow = true
    if (text) node.comment = ` ${text}`
  }
  for (const list of ['primary_key', 'latest_by']) at<YAMLMap>(list).flow = true
}
