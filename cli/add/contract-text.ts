import { Document, isMap, type Pair, type Scalar, type YAMLMap } from 'yaml'
import { inFull, plural } from '../../functions/domain/words.ts'
import { UsageError } from '../usage-error.ts'
import { findForeignKeys, foreignKeyComment, type OtherDataset, type ReferringColumn } from './foreign-keys.ts'
import { type NamedColumn, proposeRules } from './hints.ts'
import { nearestKey, proposeKey, repeatedRows } from './keys.ts'
import { contractNames } from './names.ts'
import { type Sample, without } from './sample.ts'
import { proposeType } from './value-types.ts'

export interface Wishes {
  owner: string
  /** Names as the file or the contract has them; empty when the sample decides. */
  key: string[]
  partitionKeys: string[]
  /** The datasets that are there already. */
  others: OtherDataset[]
}

export interface DraftedContract {
  text: string
  primaryKey: string[]
  /** What was not certain, in sentences. */
  warnings: string[]
}

/** A contract to go on from: names, types and key from the sample, the rest as a person would first write it. */
export function draftContract(dataset: string, sample: Sample, wishes: Wishes): DraftedContract {
  const names = contractNames(sample.columns.map(({ name }) => name))
  const typed = sample.columns.map((column): NamedColumn => {
    const proposed = column.quoted ? textOf(proposeType(column)) : proposeType(column)
    // Most programs that write JSON have amounts as floats, which come to have any number of decimals.
    if (sample.format === 'json' && /^decimal.*[1-9]\)$/.test(proposed.type)) proposed.type = 'double'
    // Nulls are an option of CSV; elsewhere a column with NA in it is one of texts.
    if (sample.format !== 'csv' && proposed.nulls.length > 0)
      return { name: names.get(column.name) ?? '', column, proposed: { type: 'string', nulls: [] } }
    return { name: names.get(column.name) ?? '', column, proposed }
  })
  const nulls = [...new Set(typed.flatMap(({ proposed }) => proposed.nulls))]
  const columns = typed.map((one) => withoutNulls(one, nulls))
  const { primaryKey, warnings } = keyOf(columns, sample, wishes)
  const document = new Document({
    dataset,
    owner: wishes.owner,
    source: {
      format: sample.format,
      ...(sample.format === 'csv' && {
        options: {
          header: true,
          ...(sample.delimiter && { delimiter: sample.delimiter }),
          ...(sample.encoding && { encoding: sample.encoding }),
          ...(nulls.length > 0 && { null_values: nulls }),
        },
      }),
      ...(sample.multiline && { options: { multiline: true } }),
      partition_keys: wishes.partitionKeys,
    },
    columns: Object.fromEntries(columns.map((one) => [one.name, writtenColumn(one)])),
    primary_key: primaryKey,
    latest_by: latestBy(columns, primaryKey),
    quarantine: { rules: {}, warn_rate: 0.01, halt_rate: 0.2 },
    quality: keyRules(primaryKey),
  })
  remark(document, columns, sample, wishes)
  return { text: document.toString({ lineWidth: 0 }), primaryKey, warnings }
}

/** DQDL: there are rows, each with a key of its own. */
export const keyRules = (primaryKey: string[]) =>
  `Rules = [\n  RowCount > 0,\n  ${primaryKey.length === 1 ? 'IsUnique' : 'IsPrimaryKey'} ${primaryKey.map((name) => `"${name}"`).join(' ')}\n]\n`

/** A null value is one in every column of the file, so in texts too: there it is said. */
function withoutNulls({ name, column, proposed }: NamedColumn, nulls: string[]): NamedColumn {
  const theirs = nulls.filter((text) => column.values.has(text))
  if (theirs.length === 0) return { name, column, proposed }
  const codes = new Set(theirs.map((text) => column.values.get(text)))
  const rows = column.codes.filter((code) => codes.has(code)).length
  const shown = theirs.map((text) => JSON.stringify(text)).join(', ')
  const remark = `${shown} becomes NULL here too, in ${plural(rows, 'row')}: null_values are of the whole file`
  return {
    name,
    column: without(column, theirs),
    proposed: proposed.type === 'string' ? { ...proposed, nulls: theirs, remark: proposed.remark ?? remark } : proposed,
  }
}

const textOf = (proposed: ReturnType<typeof proposeType>) =>
  // In JSON a text of digits is a text; dates have no other form there.
  /^(date|timestamp)$/.test(proposed.type) ? proposed : { type: 'string', nulls: [] }

function keyOf(columns: NamedColumn[], sample: Sample, { key }: Wishes): { primaryKey: string[]; warnings: string[] } {
  const typed = columns.map(({ name, proposed, column }) => ({ name, type: proposed.type, column }))
  const among = sample.whole ? 'all rows' : `the first ${inFull(sample.rows)} rows`
  if (key.length === 0) {
    const found = proposeKey(typed, sample.rows)
    if (found)
      return { primaryKey: found, warnings: sample.whole ? [] : [`the key ${found.join(', ')} is unique in ${among}; the file has more`] }
    const near = nearestKey(typed, sample.rows)
    const nearest = near
      ? `. The nearest is ${near.key.join(', ')}: ${inFull(near.repeated)} of ${inFull(sample.rows)} rows have the key of another row`
      : ''
    throw new UsageError(
      `no combination of columns is unique: name the primary key with --key, from ${typed.map(({ name }) => name).join(', ')}${nearest}`,
    )
  }
  const wanted = key.map((name) => {
    const found = typed.find((one) => one.name === name || one.column.name === name)
    if (!found)
      throw new UsageError(`--key ${name}: the sample does not have this column; it has ${typed.map((one) => one.name).join(', ')}`)
    return found
  })
  const primaryKey = [...new Set(wanted.map(({ name }) => name))]
  const repeated = repeatedRows(wanted, sample.rows)
  if (repeated === 0) return { primaryKey, warnings: [] }
  const better = proposeKey(typed, sample.rows)
  const hint = better ? `; ${better.join(', ')} ${better.length === 1 ? 'is' : 'are'} unique in ${among}` : ''
  const warning = `the key ${primaryKey.join(', ')} is not unique: ${inFull(repeated)} of ${inFull(sample.rows)} rows have the key of another row, and the table keeps one of them${hint}`
  return { primaryKey, warnings: [warning] }
}

const UPDATED = /updat|modif|chang|version|edited|last/i

/** The time of the last change, by its name; else the first time. Never a part of the key, which is the same in all rows of one key. */
function latestBy(columns: NamedColumn[], primaryKey: string[]): string[] {
  const times = columns.filter(({ name, proposed }) => /^timestamp/.test(proposed.type) && !primaryKey.includes(name))
  const best = times.find(({ name }) => UPDATED.test(name)) ?? times[0]
  return best ? [best.name] : []
}

function writtenColumn({ name, column, proposed: { type, format, decimal_mark, group_mark } }: NamedColumn): unknown {
  const options = {
    ...(format && { format }),
    ...(name !== column.name && { from: column.name }),
    ...(decimal_mark && { decimal_mark }),
    ...(group_mark && { group_mark }),
  }
  return Object.keys(options).length === 0 ? type : { type, ...options }
}

/** Comments: what to look at, and rules and foreign keys to take or leave. */
function remark(document: Document, columns: NamedColumn[], sample: Sample, { others }: Wishes): void {
  const pairs = (document.contents as YAMLMap).items as Pair<Scalar, YAMLMap>[]
  const field = (name: string) => pairs.find(({ key }) => key.value === name) as Pair<Scalar, YAMLMap>
  for (const { name, proposed } of columns) {
    const pair = field('columns').value?.items.find(({ key }) => (key as Scalar).value === name) as Pair<Scalar, Scalar> | undefined
    if (!pair?.value) continue
    if (isMap(pair.value)) (pair.value as YAMLMap).flow = true
    if (proposed.remark) pair.value.comment = ` ${proposed.remark}`
  }
  for (const name of ['primary_key', 'latest_by']) (field(name).value as YAMLMap).flow = true
  const rules = proposeRules(columns, sample.rows)
  if (rules.length > 0) {
    field('quarantine').key.commentBefore =
      ` Rules that every row of the sample keeps; move those that you mean into rules:\n${rules.map((rule) => `   ${rule}`).join('\n')}`
  }
  foreignKeyRemark(document, columns, others)
}

/** Above the quality rules: columns that look like the key of another dataset. */
export function foreignKeyRemark(document: Document, columns: ReferringColumn[], others: OtherDataset[]): void {
  const lines = foreignKeyComment(findForeignKeys(columns, others))
  const quality = (document.contents as YAMLMap<Scalar>).items.find(({ key }) => key.value === 'quality')
  if (quality && lines.length > 0) quality.key.commentBefore = lines.join('\n')
}
