import { randomUUID } from 'node:crypto'
import type { Contract } from '../../domain/contract/contract.ts'
import { batchBranches, withoutBranches } from '../../domain/iceberg/metadata.ts'
import { SWEEP_OWNER, tableNames } from '../../domain/names.ts'
import { moveTable, openTable } from '../batch/publish/iceberg-table.ts'
import type { Needs } from './intake.ts'

export type RemoveBranchesWorld = Needs<'leases' | 'lake' | 'tables' | 'counters' | 'clock'>

const LEASE_SECONDS = 300

/**
 * Removes branches of an Iceberg table that no batch will publish. Under the dataset's lease no batch is at work, so every branch that is
 * there is of one that failed or was stopped.
 */
export async function removeBranches({ dataset, curated }: Contract, world: RemoveBranchesWorld): Promise<void> {
  const table = tableNames(dataset).curated
  // Its first batch makes the table.
  if (curated.format !== 'iceberg' || (await world.tables.find(table)) === undefined) return
  if (batchBranches((await openTable(table, world)).metadata).length === 0) return
  const { acquired } = await world.leases.acquire(dataset, SWEEP_OWNER, LEASE_SECONDS)
  if (!acquired) return
  try {
    const found = await openTable(table, world)
    const names = batchBranches(found.metadata)
    if (names.length === 0) return
    const next = withoutBranches(found.metadata, names, found.location, world.clock.now())
    await moveTable(table, found, next, { ...world, newUuid: randomUUID })
    world.counters.count('BranchesRemoved', names.length, { dataset })
  } finally {
    await world.leases.release(dataset, SWEEP_OWNER)
  }
}
