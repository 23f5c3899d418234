import type { Column } from '@aws-sdk/client-glue'
import type { TableColumn } from '../../domain/iceberg/evolution.ts'

/** As Iceberg's own catalog for Glue writes them (org.apache.iceberg.aws.glue.IcebergToGlueConverter): current columns come first. */
const ID = 'iceberg.field.id'
const CURRENT = 'iceberg.field.current'

/**
 * The entry's columns with the names and the order of the table's current ones. Those of earlier schemas come last, marked as such. An entry that lacks one of
 * them, or that has no field ids, stays as it is: the next commit of a job writes it anew.
 */
export function columnsInGlue(entry: Column[], current: TableColumn[]): Column[] {
  const found = current.map(({ id, name }) => {
    const known = entry.find((column) => column.Parameters?.[ID] === id)
    return known && { ...known, Name: name, Parameters: { ...known.Parameters, [CURRENT]: 'true' } }
  })
  if (found.includes(undefined)) return entry
  const names = new Set(current.map(({ name }) => name.toLowerCase()))
  const earlier = entry.filter(({ Name }) => !names.has(Name?.toLowerCase() ?? ''))
  const marked = earlier.map((column) => ({ ...column, Parameters: { ...column.Parameters, [CURRENT]: 'false' } }))
  return [...found.filter((column) => column !== undefined), ...marked]
}
