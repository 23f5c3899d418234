import { BatchGetPartitionCommand, GetTableCommand, GlueClient, type PartitionValueList } from '@aws-sdk/client-glue'
import type { PartitionProof } from '../../ports/catalog.ts'

/** BatchGetPartition takes 1,000 partitions a call. */
const GET_LIMIT = 1000

/** Asks for the partitions by their values: the answer grows with what was published, not with the table. */
export function gluePartitionProof(database: string, client = new GlueClient({})): PartitionProof {
  return {
    async missing(table, partitions) {
      if (partitions.length === 0) return []
      const { Table } = await client.send(new GetTableCommand({ DatabaseName: database, Name: table }))
      const keys = (Table?.PartitionKeys ?? []).map((key) => key.Name ?? '')
      const valuesOf = (partition: Record<string, string>) => keys.map((key) => partition[key] ?? '')
      const found = new Set<string>()
      for (let start = 0; start < partitions.length; start += GET_LIMIT) {
        let PartitionsToGet: PartitionValueList[] = partitions
          .slice(start, start + GET_LIMIT)
          .map((partition) => ({ Values: valuesOf(partition) }))
        while (PartitionsToGet.length > 0) {
          const answer = await client.send(new BatchGetPartitionCommand({ DatabaseName: database, TableName: table, PartitionsToGet }))
          for (const { Values = [] } of answer.Partitions ?? []) found.add(JSON.stringify(Values))
          const left = answer.UnprocessedKeys ?? []
          // An answer that moves nothing forward would loop for ever; what was not looked at counts as missing.
          PartitionsToGet = left.length < PartitionsToGet.length ? left : []
        }
      }
      return partitions.filter((partition) => !found.has(JSON.stringify(valuesOf(partition))))
    },
  }
}
