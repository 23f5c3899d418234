import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { tableNames } from '../../../functions/domain/names.ts'
import { declaredTypes } from '../catalog-types.ts'
import type { TypedContract } from '../contracts.ts'
import { type Resources, ref, sub } from '../template/template.ts'
import { type CatalogFormat, columnsInFiles, PARQUET, RAW_FORMATS } from './raw-formats.ts'

/** What a quarantined row carries beside its source columns. */
const REASONS = {
  _errors: 'array<string>',
  _source_file: 'string',
  _batch_id: 'string',
  _contract_version: 'string',
  _raw_record: 'string',
  _raw_bytes: 'string',
}

type Columns = Record<string, string>

/**
 * The dataset's tables, by logical id; the two of a gold dataset, which has neither files nor bad rows. Their columns are the contract's, and crawlers are not let to change them. An Iceberg table is not
 * among them: the job makes it.
 */
export function tables({ contract, types: all }: TypedContract): Resources {
  const names = tableNames(contract.dataset)
  const strings = Object.fromEntries(Object.keys(contract.columns).map((column) => [column, 'string']))
  const rawKeys = Object.fromEntries(contract.source.partition_keys.map((key) => [key, 'string']))
  const curatedKeys = Object.fromEntries(contract.curated.partition_by.map((key) => [key, all[key] ?? 'string']))
  const inFiles = Object.fromEntries(Object.entries(all).filter(([column]) => !(column in curatedKeys)))
  const raw = RAW_FORMATS[contract.source.format]
  const source = raw.hasTypes ? columnsInFiles(contract.columns, declaredTypes(contract)) : strings
  const ofFiles: Resources = {
    RawTable: table(
      contract,
      names.raw,
      'As it landed',
      'RawBucketName',
      `raw/${contract.dataset}/`,
      source,
      rawKeys,
      raw.catalog(contract),
    ),
    QuarantineTable: table(
      contract,
      names.quarantine,
      'Rows set aside, with their reasons',
      'LakeBucketName',
      `quarantine/${contract.dataset}/`,
      { ...strings, ...REASONS },
      rawKeys,
    ),
  }
  const published: Resources = {
    StagedTable: table(
      contract,
      names.staged,
      'Batches on their way to curated',
      'LakeBucketName',
      `staged/${contract.dataset}/`,
      inFiles,
      {
        batch_id: 'string',
        ...curatedKeys,
      },
    ),
    ...(contract.curated.format === 'parquet' && {
      CuratedTable: table(
        contract,
        names.curated,
        contract.description,
        'LakeBucketName',
        `curated/${contract.dataset}/`,
        inFiles,
        curatedKeys,
      ),
    }),
  }
  return contract.gold ? published : { ...ofFiles, ...published }
}

function table(
  contract: Contract,
  name: string,
  description: string | undefined,
  bucket: 'RawBucketName' | 'LakeBucketName',
  folder: string,
  columns: Columns,
  keys: Columns,
  format: CatalogFormat = PARQUET,
): Resources[string] {
  return {
    Type: 'AWS::Glue::Table',
    Properties: {
      CatalogId: ref('AWS::AccountId'),
      DatabaseName: ref('DatabaseName'),
      TableInput: {
        Name: name,
        Description: description ?? `Curated ${contract.dataset}`,
        Owner: contract.owner,
        TableType: 'EXTERNAL_TABLE',
        Parameters: { EXTERNAL: 'TRUE', 'sluice.contract_version': contract.version, ...format.parameters },
        PartitionKeys: list(keys),
        StorageDescriptor: { Location: sub(`s3://\${${bucket}}/${folder}`), Columns: list(columns), ...format.storage },
      },
    },
  }
}

const list = (columns: Columns) => Object.entries(columns).map(([Name, Type]) => ({ Name, Type }))
