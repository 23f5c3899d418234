import { LosslessNumber } from 'lossless-json'
import { z } from 'zod'
import type { Snapshot, TableMetadata } from './metadata.ts'

/** What becomes current with a batch: ids of a schema and of a partition spec that the job has added to the metadata (tables/iceberg/evolution/evolve.py). */
export interface Evolution {
  schemaId?: number | undefined
  specId?: number | undefined
}

export interface TableColumn {
  id: string
  name: string
}

const number = z.instanceof(LosslessNumber)
const listed = z.looseObject({
  'current-schema-id': number,
  schemas: z.array(z.looseObject({ 'schema-id': number, fields: z.array(z.looseObject({ id: number, name: z.string() })) })),
  'partition-specs': z.array(z.looseObject({ 'spec-id': number })),
})

/** Whether the metadata still has what is to become current. */
export function hasEvolution(metadata: TableMetadata, { schemaId, specId }: Evolution): boolean {
  if (schemaId === undefined && specId === undefined) return true
  const { schemas, 'partition-specs': specs } = listed.parse(metadata)
  const isThere = (id: number | undefined, ids: LosslessNumber[]) => id === undefined || ids.some(({ value }) => Number(value) === id)
  return (
    isThere(
      schemaId,
      schemas.map((each) => each['schema-id']),
    ) &&
    isThere(
      specId,
      specs.map((each) => each['spec-id']),
    )
  )
}

/** The metadata with other columns and another partitioning from now on. The snapshot's own schema is that of its readers: by `--at` it is read with the new names. */
export function evolved(metadata: TableMetadata, snapshotId: string, { schemaId, specId }: Evolution): TableMetadata {
  const id = (value: number) => new LosslessNumber(String(value))
  const asRead = (snapshot: Snapshot) =>
    schemaId !== undefined && snapshot['snapshot-id'].value === snapshotId ? { ...snapshot, 'schema-id': id(schemaId) } : snapshot
  return {
    ...metadata,
    ...(schemaId !== undefined && { 'current-schema-id': id(schemaId), snapshots: metadata.snapshots.map(asRead) }),
    ...(specId !== undefined && { 'default-spec-id': id(specId) }),
  }
}

/** Top-level columns as readers see them, in their order; undefined where the metadata lists none. */
export function columnsOf(metadata: TableMetadata): TableColumn[] | undefined {
  const found = listed.safeParse(metadata)
  if (!found.success) return undefined
  const current = found.data.schemas.find((each) => each['schema-id'].value === found.data['current-schema-id'].value)
  return current?.fields.map(({ id, name }) => ({ id: id.value, name }))
}
