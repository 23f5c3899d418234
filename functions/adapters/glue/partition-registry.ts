import {
  BatchCreatePartitionCommand,
  BatchDeletePartitionCommand,
  GetTableCommand,
  GlueClient,
  type PartitionError,
  paginateGetPartitions,
} from '@aws-sdk/client-glue'
import { TransientDependencyError } from '../../domain/errors.ts'
import type { PartitionRegistry } from '../../ports/catalog.ts'

/** BatchCreatePartition takes 100 partitions a call, BatchDeletePartition 25. */
const CREATE_LIMIT = 100
const DELETE_LIMIT = 25

export function gluePartitionRegistry(database: string, client = new GlueClient({})): PartitionRegistry {
  return {
    async register(table, partitions) {
      if (partitions.length === 0) return
      const { Table } = await client.send(new GetTableCommand({ DatabaseName: database, Name: table }))
      const keys = (Table?.PartitionKeys ?? []).map((key) => key.Name ?? '')
      const inputs = partitions.map(({ values, location }) => ({
        Values: keys.map((key) => values[key] ?? ''),
        StorageDescriptor: { ...Table?.StorageDescriptor, Location: location },
      }))
      for (let start = 0; start < inputs.length; start += CREATE_LIMIT) {
        const PartitionInputList = inputs.slice(start, start + CREATE_LIMIT)
        const { Errors } = await client.send(
          new BatchCreatePartitionCommand({ DatabaseName: database, TableName: table, PartitionInputList }),
        )
        refuse('registered', table, Errors, 'AlreadyExistsException')
      }
    },

    async forget(table, expression) {
      const found: { Values: string[] }[] = []
      const pages = paginateGetPartitions(
        { client },
        { DatabaseName: database, TableName: table, ExcludeColumnSchema: true, Expression: expression },
      )
      for await (const { Partitions = [] } of pages) found.push(...Partitions.map(({ Values = [] }) => ({ Values })))
      for (let start = 0; start < found.length; start += DELETE_LIMIT) {
        const PartitionsToDelete = found.slice(start, start + DELETE_LIMIT)
        const { Errors } = await client.send(
          new BatchDeletePartitionCommand({ DatabaseName: database, TableName: table, PartitionsToDelete }),
        )
        refuse('removed', table, Errors, 'EntityNotFoundException')
      }
      return found.length
    },
  }
}

// The call succeeds even when single partitions did not; another caller may have done the same a moment ago.
function refuse(done: string, table: string, errors: PartitionError[] | undefined, expected: string): void {
  const error = errors?.find(({ ErrorDetail }) => ErrorDetail?.ErrorCode !== expected)
  if (error)
    throw new TransientDependencyError(
      `partition ${error.PartitionValues?.join('/')} of ${table} was not ${done}: ${error.ErrorDetail?.ErrorCode}`,
    )
}
