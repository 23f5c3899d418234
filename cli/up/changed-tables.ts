import { formatChange, isMigratable, kindChanges } from '../../functions/domain/batch/table-kind.ts'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { readTableKind } from '../../functions/use-cases/batch/prepare/changed-table.ts'
import { connect } from '../deployment/connect.ts'

const hint = (dataset: string) => `, or start with --migrate ${dataset} and take the table over`

/** Where an existing table of the running pipeline would get rows of a second kind, a line each; `migrate`: datasets whose table a person will take over. */
export async function changedTables(contracts: Contract[], migrate: string[] = []): Promise<string[]> {
  const { lake } = await connect({ stage: 'dev', local: true })
  const lines = contracts.map(async (contract) => {
    const table = await readTableKind(contract.dataset, lake)
    if (table === undefined || (migrate.includes(contract.dataset) && isMigratable(table, contract))) return []
    const format = formatChange(table, contract)
    if (format !== undefined) return [`${contract.dataset}: ${format}${isMigratable(table, contract) ? hint(contract.dataset) : ''}`]
    return kindChanges(table, contract).map((change) => `${contract.dataset}: ${change} in the existing table`)
  })
  return (await Promise.all(lines)).flat()
}
