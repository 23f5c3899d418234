import type { CompactionForecast, CrowdedPartition } from '../../functions/domain/batch/compaction.ts'
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
