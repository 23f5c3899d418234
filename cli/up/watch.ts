import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import type { LocalConnection } from '../../laptop/pipeline/sources/databases.ts'
import { troubleOf } from '../../laptop/pipeline/state/keeper.ts'
import { makePrivateFolder } from '../../laptop/pipeline/state/work-folder.ts'
import type { Pipeline } from '../../laptop/pipeline.ts'
import { checkContracts } from '../contracts/check-contracts.ts'
import { upFolder } from '../deployment/local-connection.ts'
import { noteProblems } from '../problem-list.ts'
import { readWave, tellPassedOver } from '../run/input-waves.ts'
import { missingConnections } from '../run/local-connections.ts'
import { printable, terminal } from '../terminal.ts'
import { changedTables } from './changed-tables.ts'
import { changesBetween, type WatchedContracts } from './contract-changes.ts'
import { keepAlerts } from './kept-alerts.ts'
import { tellAlert } from './tell.ts'
import { watchFolder } from './watched-folder.ts'

const LOOK_EVERY_MS = 1000

/** Options of the start that new contracts may need. */
interface Start {
  migrate?: string[] | undefined
  connection?: LocalConnection[] | undefined
}

/**
 * Lands new files of the folder and prints alerts, until you save valid contracts. Ctrl-C ends it with the process: the
 * pipeline stops itself.
 * @returns the contracts as they are now
 */
export async function watch(
  pipeline: Pipeline,
  folder: string,
  { contracts, contractsFolder, saved, ...start }: { contracts: Contract[]; contractsFolder: string; saved: WatchedContracts } & Start,
): Promise<Contract[]> {
  const watched = watchFolder(folder, {
    copies: copiesFolder(),
    onLeft: ({ path, why }) => terminal.warn(`left alone, because ${why}: ${printable(path)}`),
  })
  await watched.passOver(await pipeline.existing())
  let toldAlerts = 0
  let trouble: string | undefined
  for (;;) {
    try {
      await watched.landReady(async (copy) => {
        await pipeline.land(copy)
        for (const line of tellPassedOver(await readWave(copy, contracts))) terminal.warn(line)
      })
      const alerts = await pipeline.alerts()
      const news = alerts.slice(toldAlerts)
      const at = new Date().toISOString()
      if (news.length > 0) keepAlerts(news.map((alert) => ({ at, alert })))
      for (const alert of news) tellAlert(alert)
      toldAlerts = alerts.length
      trouble = undefined
    } catch (error) {
      if (!passes(error)) throw error
      const next = troubleOf(error)
      if (next !== trouble) terminal.warn(`no file can land: ${next}. The next look tries again`)
      trouble = next
    }
    const next = (await saved.wereSaved()) && (await savedContracts(contractsFolder, contracts, start))
    if (next) return next
    await sleep(LOOK_EVERY_MS)
  }
}

/** Undefined when nothing in them is new, or when they cannot be used. */
async function savedContracts(folder: string, before: Contract[], { migrate, connection }: Start): Promise<Contract[] | undefined> {
  const { contracts, problems } = await checkContracts(folder)
  if (problems.length > 0) noteProblems(problems)
  const unmet = problems.length > 0 ? [] : [...(await changedTables(contracts, migrate)), ...unmetConnections(contracts, connection)]
  for (const line of unmet) terminal.complain(line)
  if (problems.length + unmet.length > 0) {
    terminal.note('The pipeline continues with the previous contracts')
    return undefined
  }
  const changes = changesBetween(before, contracts)
  if (changes.length === 0) return undefined
  terminal.note('You saved contracts; the pipeline restarts with them:')
  for (const change of changes) terminal.note(`  ${change}`)
  return contracts
}

/** A connection is an option of the start: a saved contract cannot bring it. */
export const unmetConnections = (contracts: Contract[], given?: LocalConnection[]): string[] =>
  missingConnections(contracts, given).map(
    ({ dataset, name, option }) =>
      `dataset ${dataset} reads connection ${name}: stop with Ctrl-C, then add ${option} to the command that you started with`,
  )

/** A disk that is full, here or under the local AWS, has room again some day. */
function passes(error: unknown): boolean {
  const { code, name, $fault } = error as { code?: string; name?: string; $fault?: string }
  // The gateway's own answer when nothing is behind it any more.
  if (name === 'ServiceUnavailable') return false
  return code === 'ENOSPC' || code === 'EDQUOT' || $fault === 'server'
}

/** Empty: what a killed process was about to land is still in the watched folder. */
function copiesFolder(): string {
  const folder = join(upFolder, 'landing')
  rmSync(folder, { recursive: true, force: true })
  makePrivateFolder(folder)
  return folder
}
