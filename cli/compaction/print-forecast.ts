import type { CompactionForecast, CrowdedPartition } from '../../functions/domain/batch/compaction.ts'
import type { TableState } from '../../functions/domain/iceberg/history.ts'
import { plural } from '../../functions/domain/words.ts'
import { bytes } from '../amounts.ts'
import { plainTable } from '../run/run-table.ts'
import { terminal } from '../terminal.ts'

/** A longer list is too long to read. */
const PARTITIONS_SHOWN = 40

/** What a compaction would do, partition by partition. */
export function printForecast({ partitions, crowded }: CompactionForecast): void {
  const { bold, dim } = terminal.colours
  if (crowded.length === 0) {
    const none = partitions === 1 ? 'the partition has no more files than its' : `no partition of ${partitions} has more files than its`
    return terminal.print(partitions === 0 ? 'nothing to compact: the table is empty' : `nothing to compact: ${none} size needs`)
  }
  const table = plainTable(
    ['partition', 'files', 'size', 'files after'].map((head) => bold(head)),
    [1, 2, 3],
  )
  for (const { path, files, bytes: size, filesAfter } of crowded.slice(0, PARTITIONS_SHOWN)) {
    table.push([path || 'the whole table', String(files), bytes(size), String(filesAfter)])
  }
  terminal.print(table.toString().replaceAll(/ +$/gm, ''))
  if (crowded.length > PARTITIONS_SHOWN) terminal.print(dim(`… and ${crowded.length - PARTITIONS_SHOWN} more`))
  const total = (pick: (each: CrowdedPartition) => number) => crowded.reduce((sum, each) => sum + pick(each), 0)
  const now = `${total(({ files }) => files)} files, ${bytes(total((each) => each.bytes))}`
  terminal.print(`${bold(`${crowded.length} of ${partitions} partitions`)}: ${now}; ${total(({ filesAfter }) => filesAfter)} files then`)
}

/** What an Iceberg table is made of; its job decides which partitions it writes again. */
export function printState({ dataFiles, deleteFiles, rows, rowsDeleted, bytes: size, snapshots }: TableState): void {
  if (dataFiles === 0) return terminal.print('nothing to compact: the table is empty')
  const deletes = `${plural(deleteFiles, 'file')} of deletes for ${plural(rowsDeleted, 'row')}`
  terminal.print(
    `${plural(rows, 'row')} in ${plural(dataFiles, 'data file')}, ${deletes}, ${bytes(size)}; ${plural(snapshots, 'snapshot')}`,
  )
  terminal.print('Partitions with more files than their size needs, or with many deletes, will be written again.')
}
