import {
  changedTableMessage,
  formatChange,
  kindChanges,
  type TableKind,
  tableKindSchema,
  unfinishedRebuildMessage,
} from '../../../domain/batch/table-kind.ts'
import type { CommandTarget } from '../../../domain/command/next-command.ts'
import type { Contract } from '../../../domain/contract/contract.ts'
import { ContractChangedError } from '../../../domain/errors.ts'
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
  const format = formatChange(table, contract)
  if (format !== undefined) throw new ContractChangedError(format)
  const changes = kindChanges(table, contract)
  if (changes.length > 0) throw new ContractChangedError(changedTableMessage(contract, changes, target))
}

/** Undefined for a dataset that has published nothing yet. */
export async function readTableKind(dataset: string, lake: Pick<ObjectStore, 'getText'>): Promise<TableKind | undefined> {
  const text = await lake.getText(tableKindKey(dataset))
  return text === undefined ? undefined : tableKindSchema.parse(JSON.parse(text))
}
