import { formatChange, kindChanges } from '../../functions/domain/batch/table-kind.ts'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { readTableKind } from '../../functions/use-cases/batch/prepare/changed-table.ts'
import { connect } from '../deployment/connect.ts'

/** Where an existing table of the running pipeline would get rows of a second kind, a line each. */
export async function changedTables(contracts: Contract[]): Promise<string[]> {
  const { lake } = await connect({ stage: 'dev', local: true })
  const lines = contracts.map(async (contract) => {
    const table = await readTableKind(contract.dataset, lake)
    if (table === undefined) return []
    const format = formatChange(table, contract)
    if (format !== undefined) return [`${contract.dataset}: ${format}`]
    return kindChanges(table, contract).map((change) => `${contract.dataset}: ${change} in the existing table`)
  })
  return (await Promise.all(lines)).flat()
}
