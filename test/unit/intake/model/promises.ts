import type { Landing } from '../../../../functions/domain/landing/landing.ts'
import type { Execution } from './executions.ts'
import { DATASETS, type World } from './world.ts'

/** What is broken of the promises that concern intake, in words; empty when all hold. */
export async function brokenPromises(world: World, { redriven }: { redriven: boolean }): Promise<string[]> {
  return [
    ...world.executions.violations,
    ...(await lostObjects(world, redriven)),
    ...claimsOfUnseen(world),
    ...objectsTakenTwice(world),
    ...(await outOfDateRows(world)),
    ...(await unfinished(world, redriven)),
  ]
}

const datasetOf = (key: string) => key.split('/')[1] ?? ''
const batchesOf = (world: World) => [...world.executions.all.values()].filter(({ plan }) => plan !== undefined)

/** 1: every object is in a batch that has succeeded, or in one that stands as failed, in the ledger and in the queue. */
async function lostObjects(world: World, redriven: boolean): Promise<string[]> {
  const broken: string[] = []
  for (const [key, { content }] of world.raw.objects) {
    const [row] = await world.ledger.landings.find(datasetOf(key), [key])
    const served = batchesOf(world).some(({ status, read }) => status === 'SUCCEEDED' && read.get(key) === content)
    if (served && row?.status === 'done') continue
    if (!redriven && row?.status === 'failed' && (await standsAsFailed(row, world))) continue
    broken.push(`lost: ${key} with ${content} is ${row?.status ?? 'unknown'}${served ? ', though read by a batch that succeeded' : ''}`)
  }
  return broken
}

async function standsAsFailed({ dataset, batchId = '' }: Landing, world: World): Promise<boolean> {
  const row = await world.ledger.batches.find(dataset, batchId)
  return row?.status === 'failed' && world.failedBatches.some((message) => message.batchId === batchId)
}

/** 2: whatever a batch claims had landed before a crawl began that succeeded before the batch did begin; or its partition was known. */
function claimsOfUnseen(world: World): string[] {
  return batchesOf(world).flatMap(({ name, dataset, unknownPartitions, startedAtMs, plan }) => {
    if (unknownPartitions.length > 0) return [`${name} claims what no crawl has seen: ${unknownPartitions.join()}`]
    if (dataset === 'events') return []
    const ended = world.glue.crawls.filter(
      (crawl) => crawl.dataset === dataset && crawl.status === 'SUCCEEDED' && (crawl.endedAt ?? 0) <= startedAtMs,
    )
    const latestStart = Math.max(...ended.map(({ startedAt }) => startedAt))
    return (plan?.objects ?? []).flatMap(({ key, sequencer }) => {
      const version = world.raw.versions.find((one) => one.key === key && one.sequencer.replace(/0+$/, '') === sequencer)
      return version && version.landedAt > latestStart ? [`${name} claims ${key}, which landed after its crawl began`] : []
    })
  })
}

/** 1 and 5: no version of an object in two batches that succeeded, however often and in whatever order it was announced. */
function objectsTakenTwice(world: World): string[] {
  const taken = new Map<string, Execution>()
  const times = new Map<string, number>()
  const broken: string[] = []
  for (const execution of batchesOf(world)) {
    if (execution.status !== 'SUCCEEDED') continue
    for (const { key, sequencer } of execution.plan?.objects ?? []) {
      const other = taken.get(`${key} ${sequencer}`)
      if (other) broken.push(`taken twice: ${key} ${sequencer}, by ${other.name} and ${execution.name}`)
      taken.set(`${key} ${sequencer}`, execution)
      times.set(key, (times.get(key) ?? 0) + 1)
    }
  }
  // Of a restored landing the sequencer is not its version's; but no key is taken more often than something landed there.
  for (const [key, count] of times) {
    const landed = world.raw.versions.filter((version) => version.key === key && !version.deleted).length
    if (count > landed) broken.push(`${key} was taken ${count} times, and landed ${landed} times`)
  }
  return broken
}

/** 5: the ledger ends with the newest version of each key, as content when its event was lost. */
async function outOfDateRows(world: World): Promise<string[]> {
  const broken: string[] = []
  for (const [key, { content }] of world.raw.objects) {
    const [row] = await world.ledger.landings.find(datasetOf(key), [key])
    if (row && (row.etag !== content || row.status === 'deleted'))
      broken.push(`${key} holds ${content}, and the ledger says ${row.etag} ${row.status}`)
  }
  return broken
}

async function unfinished(world: World, redriven: boolean): Promise<string[]> {
  const broken: string[] = []
  for (const dataset of DATASETS) {
    const oldest = await world.ledger.landings.oldestWaiting(dataset)
    if (oldest !== undefined) broken.push(`${dataset} has waited since ${oldest}`)
    const holder = await world.ledger.leases.holder(dataset)
    if (holder) broken.push(`${dataset} has a lease of ${holder.owner}`)
    const open = await world.ledger.batches.open(dataset)
    for (const { batchId, status } of open) {
      if (status === 'running' || redriven) broken.push(`${batchId} is still ${status}`)
    }
  }
  if (redriven && world.failedBatches.length > 0) broken.push(`${world.failedBatches.length} messages of failed batches are left`)
  return broken
}
