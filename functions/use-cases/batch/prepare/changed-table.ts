import {
  changedTableMessage,
  formatChange,
  kindChanges,
  migrationChanges,
  type TableKind,
  tableKindSchema,
  unfinishedRebuildMessage,
} from '../../../domain/batch/table-kind.ts'
import type { CommandTarget } from '../../../domain/command/next-command.ts'
import type { Contract } from '../../../domain/contract/contract.ts'
import { ContractChangedError, InvalidInputError } from '../../../domain/errors.ts'
import { tableKindKey } from '../../../domain/names.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'

/**
 * Refuses a contract under which the dataset's table would have rows of two kinds, before any is staged.
 * @throws ContractChangedError naming each field that differs, or the rebuild that has not ended
 */
export async function refuseChangedTable(contract: Contract, target: CommandTarget, lake: Pick<ObjectStore, 'getText'>): Promise<void> {
  const table = await readTableKind(contract.dataset, lake)
  if (table?.unfinished) throw new ContractChangedError(unfinishedRebuildMessage(contract.dataset, table.unfinished, target))
  if (table === undefined || table.contractVersion === contract.version) return
  const format = formatChange(table, contract, target)
  if (format !== undefined) throw new ContractChangedError(format)
  const changes = kindChanges(table, contract)
  if (changes.length > 0) throw new ContractChangedError(changedTableMessage(contract, changes, target))
}

/**
 * A table is taken over into another format as it is: all else stays, and is changed afterwards.
 * @throws ContractChangedError naming what differs beside the format
 * @throws InvalidInputError where there is nothing to take over
 */
export async function refuseMigration(contract: Contract, lake: Pick<ObjectStore, 'getText'>): Promise<void> {
  const { dataset, curated } = contract
  const table = await readTableKind(dataset, lake)
  if (curated.format !== 'iceberg')
    throw new InvalidInputError(`source: the deployed contract of ${dataset} has no curated.format: iceberg; deploy it with that first`)
  if (table === undefined) throw new InvalidInputError(`source: ${dataset} has no table yet; its first batch makes an Iceberg table`)
  if (table.format === 'iceberg') throw new InvalidInputError(`source: the table of ${dataset} is an Iceberg table already`)
  const changes = migrationChanges(table, contract)
  if (table.unfinished) changes.push(`the rebuild ${table.unfinished} has not ended`)
  if (changes.length > 0)
    throw new ContractChangedError(
      `the table of ${dataset} cannot be taken over as it is: ${changes.join('; ')}. Migrate it first, and change it afterwards`,
    )
}

/** Undefined for a dataset that has published nothing yet. */
export async function readTableKind(dataset: string, lake: Pick<ObjectStore, 'getText'>): Promise<TableKind | undefined> {
  const text = await lake.getText(tableKindKey(dataset))
  return text === undefined ? undefined : tableKindSchema.parse(JSON.parse(text))
}
