import { expectationInWords } from '../functions/domain/batch/lateness.ts'
import { percent } from '../functions/domain/batch/manifest/manifest-summary.ts'
import { type Contract, hiddenColumns } from '../functions/domain/contract/contract.ts'
import type { JdbcSource } from '../functions/domain/contract/fields/jdbc.ts'
import { type StreamKind, streamOf } from '../functions/domain/contract/landers.ts'
import { explainGold } from './explain-gold.ts'

const CLAIMS: Record<Contract['crawl'], string> = {
  always: 'the raw crawler runs once, and one batch claims the files that it found.',
  'new-partitions': 'one batch claims it; the crawler runs only for partitions that are new.',
  never: 'its partition is registered without a crawl, and one batch claims it.',
}

/** How a batch reaches readers. */
const PUBLISHED: Record<Contract['curated']['format'], (contract: Contract) => string> = {
  parquet: ({ dataset, curated: { partition_by: keys } }) =>
    `The table ${dataset} is replaced by whole partitions${keys.length > 0 ? ` of ${list(keys)}` : ' (it has one)'}, and its crawler runs.`,
  iceberg: ({ dataset }) => `The batch is one commit to the Iceberg table ${dataset}: readers see all of it or nothing.`,
}

const STREAMS: Record<StreamKind, string> = { kinesis: 'Kinesis stream', kafka: 'Kafka topic' }

/** What will happen to a file of the dataset, a sentence a step. */
export function explainContract(contract: Contract): string[] {
  if (contract.gold) return explainGold(contract, contract.gold)
  const { dataset, source, latest_by: latestBy, crawl } = contract
  const folders = source.partition_keys.map((key) => `${key}=…/`).join('')
  const stream = streamOf(source)
  const steps = [
    ...(stream
      ? [
          `Records of the ${STREAMS[stream.kind]} ${stream.name} are landed as JSON files, gathered for up to ${stream.windowSeconds} seconds.`,
        ]
      : []),
    ...(source.jdbc ? [extracted(source.jdbc)] : []),
    `${/^[aeiox]/.test(source.format) ? 'An' : 'A'} ${source.format.toUpperCase()} file lands at raw/${dataset}/${folders}<file>.${excluded(source.exclude)}`,
    `When the burst it belongs to has settled, ${CLAIMS[crawl]}`,
    `Each row is cast to ${Object.keys(contract.columns).length} columns; a value that does not fit sets its row aside as invalid_type:<column>.`,
    ...reading(contract),
    ...drift(contract),
    ...derived(contract),
    ...rules(contract),
    ...references(contract),
    `A row without ${list(contract.primary_key)} is set aside as null_key.`,
    `Of all rows with the same ${list(contract.primary_key)}, in all files that ever landed, the table keeps ${newest(latestBy)}.`,
    ...(contract.delete_when === undefined
      ? []
      : [
          `A row for which ${contract.delete_when.replaceAll(/\s+/g, ' ')} removes its ${list(contract.primary_key)} from the table. Older rows do not bring it back; a newer one does.`,
        ]),
    ...rates(contract),
    contract.quality === undefined
      ? 'There are no DQDL rules: only the quarantine rate protects the table.'
      : 'The DQDL rules judge the staged batch. If a rule fails, nothing is published and subscribers get an alert.',
    PUBLISHED[contract.curated.format](contract),
    ...(contract.expect
      ? [`New rows are expected ${expectationInWords(contract.expect)}; when none were published by then, subscribers get an alert.`]
      : []),
    `Alerts go to subscribers of the topic and name ${contract.owner} as the owner.`,
  ]
  return steps
}

function excluded(globs: string[]): string {
  return globs.length > 0 ? ` Files that match ${list(globs)} are ignored.` : ''
}

function reading(contract: Contract): string[] {
  const { source, columns } = contract
  const hidden = hiddenColumns(contract)
  const named = (test: (column: Contract['columns'][string]) => unknown) =>
    Object.entries(columns).flatMap(([name, column]) => (test(column) ? [name] : []))
  const renamed = Object.entries(columns).flatMap(([name, { from }]) =>
    from === undefined ? [] : [`${name} from ${JSON.stringify(Array.isArray(from) ? from.join('.') : from)}`],
  )
  const nulls = (source.options.null_values ?? []).map((text) => JSON.stringify(text))
  const [rounded, marked] = [named(({ round }) => round), named(({ decimal_mark, group_mark }) => decimal_mark ?? group_mark)]
  return [
    ...(renamed.length > 0 ? [`It reads ${list(renamed)}.`] : []),
    ...(nulls.length > 0 ? [`The empty value and ${list(nulls)} are NULL.`] : []),
    ...(marked.length > 0 ? [`Numbers of ${list(marked)} are read with the marks of the contract.`] : []),
    ...(rounded.length > 0 ? [`${list(rounded)} ${rounded.length === 1 ? 'is' : 'are'} rounded half up to the scale.`] : []),
    ...(hidden.length > 0 ? [`Values of ${list(hidden)} are in no alert and no report.`] : []),
  ]
}

function drift({ drift: { missing, unknown } }: Contract): string[] {
  const absent = {
    null: 'is read as NULL',
    quarantine: 'sets its rows aside as missing_column:<column>',
    fail: 'fails the batch',
  }[missing]
  const strange = { ignore: 'is left out and listed in the manifest', fail: 'fails the batch' }[unknown]
  return [`A column that a file lacks ${absent}; one that the contract does not know ${strange}.`]
}

function derived({ derive }: Contract): string[] {
  const names = Object.keys(derive)
  return names.length > 0 ? [`${list(names)} ${names.length === 1 ? 'is' : 'are'} derived from them.`] : []
}

function rules({ quarantine }: Contract): string[] {
  const all = Object.entries(quarantine.rules)
  if (all.length === 0) return ['There are no quarantine rules: only types and keys decide about a row.']
  return all.map(([name, sql]) => `A row for which ${sql.replaceAll(/\s+/g, ' ')} is set aside as ${name}.`)
}

function references({ foreign_keys: keys = {} }: Contract): string[] {
  return Object.entries(keys).map(([column, { in: parent, on_missing: onMissing }]) =>
    onMissing === 'warn'
      ? `A row whose ${column} is not in ${parent} is published and counted.`
      : onMissing === 'wait'
        ? `A row whose ${column} is not in ${parent} waits in quarantine as waiting_for:${column}, and comes in when ${parent.split('.')[0]} publishes it.`
        : `A row whose ${column} is not in ${parent} is set aside as missing_reference:${column}.`,
  )
}

function newest(latestBy: string[]): string {
  return latestBy.length > 0 ? `the one with the highest ${list(latestBy)}` : 'one, chosen by its content'
}

function rates({ quarantine: { warn_rate: warn, halt_rate: halt } }: Contract): string[] {
  const warning = `When more than ${percent(warn)} of a batch's rows are set aside, subscribers get an alert and the batch continues`
  return [halt < 1 ? `${warning}; above ${percent(halt)} it stops before anything is published.` : `${warning}.`]
}

function list(names: string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function extracted({ connection, table, watermark, mode, schedule }: JdbcSource): string {
  const rows =
    watermark === undefined
      ? `all rows${mode === 'full' ? ', and the keys that are gone since the last one' : ''}`
      : `what has changed, by ${watermark}`
  const when = schedule === undefined ? 'It starts when you start it' : `It starts by ${schedule}`
  return `An extract reads table ${table} over connection ${connection}: ${rows}. ${when}, and lands Parquet files.`
}
