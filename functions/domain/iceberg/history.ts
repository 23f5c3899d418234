import { BATCH_ID, headOf, historyOf, type Snapshot, SOURCE, type TableMetadata } from './metadata.ts'

/** A batch that `main` has been at. */
export interface PublishedBatch {
  batchId: string
  snapshotId: string
  /** When the job committed it. */
  committedAt: string
  /** Rows that it wrote again as they were, of a compaction. */
  isCompaction: boolean
  /** The Parquet table of before, as it was. */
  isMigration: boolean
  rowsAdded: number
  /** Older versions of rows that it took out of the table. */
  rowsReplaced: number
  isCurrent: boolean
}

/** Newest first, as far as snapshots have not expired. What something else has committed is not among them. */
export function publishedBatches(metadata: TableMetadata): PublishedBatch[] {
  const head = headOf(metadata)
  const history = historyOf(metadata)
  const ours = history.flatMap((snapshot, index) => {
    const batchId = snapshot.summary[BATCH_ID]
    return batchId === undefined ? [] : [{ snapshot, batchId, index }]
  })
  return ours.map(({ snapshot, batchId, index }) => {
    const id = snapshot['snapshot-id'].value
    // Its deletes are a commit of their own, right before.
    const before = history.slice(index + 1).find((each) => each.summary[BATCH_ID] !== undefined) ?? history.at(-1)
    return {
      batchId,
      snapshotId: id,
      committedAt: new Date(Number(snapshot['timestamp-ms'].value)).toISOString(),
      isCompaction: snapshot.summary[SOURCE] === 'curated',
      isMigration: snapshot.summary[SOURCE] === 'migration',
      rowsAdded: counted(snapshot, 'added-records'),
      rowsReplaced: Math.max(0, counted(snapshot, 'total-position-deletes') - (before ? counted(before, 'total-position-deletes') : 0)),
      isCurrent: id === head,
    }
  })
}

/** What readers have to do for each row, and what a compaction and the expiry of snapshots may make of it. */
export interface TableState {
  dataFiles: number
  /** Files of position deletes. */
  deleteFiles: number
  rows: number
  /** Rows of data files that position deletes take out. */
  rowsDeleted: number
  bytes: number
  snapshots: number
}

/** As the snapshot that readers see counts it. */
export function tableState(metadata: TableMetadata): TableState {
  const [head] = historyOf(metadata)
  const total = (name: string) => (head === undefined ? 0 : counted(head, `total-${name}`))
  const rowsDeleted = total('position-deletes')
  return {
    dataFiles: total('data-files'),
    deleteFiles: total('delete-files'),
    rows: total('records') - rowsDeleted,
    rowsDeleted,
    bytes: total('files-size'),
    snapshots: metadata.snapshots.length,
  }
}

export interface RollbackPlan {
  to: PublishedBatch
  /** Batches whose rows go, newest first. */
  undone: PublishedBatch[]
}

/** Undefined for a batch that is not in the table's history. */
export function planRollback(metadata: TableMetadata, batchId: string): RollbackPlan | undefined {
  const batches = publishedBatches(metadata)
  const index = batches.findIndex((each) => each.batchId === batchId)
  const to = batches[index]
  return to && { to, undone: batches.slice(0, index) }
}

/** Whether the table has only what it has taken over from Parquet, or nothing: then no row would be lost with it. */
export function isAsMigrated(metadata: TableMetadata): boolean {
  const [newest] = publishedBatches(metadata)
  return newest === undefined ? tableState(metadata).rows === 0 : newest.isMigration && newest.isCurrent
}

const counted = ({ summary }: Snapshot, name: string) => Number(summary[name] ?? 0)
