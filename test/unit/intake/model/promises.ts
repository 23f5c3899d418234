import type { Landing } from '../../../../functions/domain/landing/landing.ts'
import { curatedPrefix } from '../../../../functions/domain/names.ts'
import type { Execution } from './executions.ts'
import type { Row } from './lake.ts'
import { DATASETS, type World } from './world.ts'

/** What is broken of the promises, in words; empty when all hold. What a publisher left that was cut off only a sweep puts right. */
export async function brokenPromises(
  world: World,
  { redriven, swept = true, recovered = false }: { redriven: boolean; swept?: boolean; recovered?: boolean },
): Promise<string[]> {
  return [
    ...world.executions.violations,
    ...(await lostObjects(world, redriven)),
    ...claimsOfUnseen(world),
    ...objectsTakenTwice(world),
    ...(await outOfDateRows(world)),
    ...(swept ? wrongTables(world) : []),
    ...unannounced(world),
    ...(swept ? await wrongAlerts(world, recovered) : []),
    ...(await unfinished(world, { redriven, swept })),
  ]
}

const datasetOf = (key: string) => key.split('/')[1] ?? ''
const batchesOf = (world: World) => [...world.executions.all.values()].filter(({ plan }) => plan !== undefined)

/** 1: every object is in a batch that has succeeded, or in one that is failed, in the ledger and in the queue. */
async function lostObjects(world: World, redriven: boolean): Promise<string[]> {
  const broken: string[] = []
  for (const [key, { content }] of world.raw.objects) {
    const [row] = await world.ledger.landings.find(datasetOf(key), [key])
    const served = batchesOf(world).some(({ status, read }) => status === 'SUCCEEDED' && read.get(key) === content)
    const isClosed = row === undefined ? world.rowsExpire : row.status === 'done'
    if (isClosed && (served || isUnheardRollback(key, content, world))) continue
    if (!redriven && row?.status === 'failed' && (await standsAsFailed(row, world))) continue
    broken.push(`lost: ${key} with ${content} is ${row?.status ?? 'unknown'}${served ? ', though read by a batch that succeeded' : ''}`)
  }
  return broken
}

/**
 * A limit of docs/adr/0003: a batch has read a newer version whose event was lost, and that version was removed again. The ledger knows the older one, and that a
 * batch has read the key.
 */
function isUnheardRollback(key: string, content: string, world: World): boolean {
  const versions = world.raw.versions.filter((version) => version.key === key && !version.deleted)
  const first = versions.findIndex((version) => version.content === content)
  const isBack = versions.findLastIndex((version) => version.content === content) > first
  const newer = new Set(versions.slice(first + 1).map((version) => version.content))
  return isBack && batchesOf(world).some(({ status, read }) => status === 'SUCCEEDED' && newer.has(read.get(key) ?? ''))
}

async function standsAsFailed({ dataset, batchId = '' }: Landing, world: World): Promise<boolean> {
  const row = await world.ledger.batches.find(dataset, batchId)
  return row?.status === 'failed' && world.failedBatches.some((message) => message.batchId === batchId)
}

/** 2: whatever a batch claims had landed before a crawl began that succeeded before the batch did begin; or its partition was known. */
function claimsOfUnseen(world: World): string[] {
  return batchesOf(world).flatMap(({ name, dataset, unknownPartitions, startedAtMs, plan }) => {
    if (unknownPartitions.length > 0) return [`${name} claims what no crawl has seen: ${unknownPartitions.join()}`]
    // Without a crawl of its own: its partitions were known, or registered, before it claimed anything.
    if (dataset !== 'orders') return []
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

/** 3, 6 and 9: each row is in the table once: the latest that a successful batch has read, or a later one. */
function wrongTables(world: World): string[] {
  const broken: string[] = []
  for (const dataset of DATASETS) {
    const existing = new Map<string, Row[]>()
    for (const row of world.lake.rows(curatedPrefix(dataset))) existing.set(row.key, [...(existing.get(row.key) ?? []), row])
    for (const [key, rows] of existing) {
      if (rows.length > 1) broken.push(`row ${key} of ${dataset} is in the table ${rows.length} times`)
      const [row] = rows
      if (row && !world.raw.versions.some(({ version, content }) => version === row.order && content === row.value))
        broken.push(`row ${key} of ${dataset} is ${row.value}, which never landed`)
    }
    for (const { status, name, rows } of batchesOf(world).filter((each) => each.dataset === dataset)) {
      const lost = status === 'SUCCEEDED' ? rows.filter((row) => (existing.get(row.key)?.[0]?.order ?? -1) < row.order) : []
      if (lost.length > 0) broken.push(`rows ${lost.map(({ key }) => key).join()} of ${name} are not in the table`)
    }
  }
  return broken
}

/** Every batch that has succeeded has published, and its event has been sent. */
function unannounced(world: World): string[] {
  return batchesOf(world).flatMap(({ status, batchId }) =>
    status !== 'SUCCEEDED' || world.events.some((event) => event.batchId === batchId) ? [] : [`no event tells of ${batchId}`],
  )
}

/**
 * 10: what people were told last of each trouble is what the ledger has: that it began, or that it is over. Nothing is left to tell. Each trouble is told
 * once and recovered once, where no function is killed or misses an answer while it tells.
 */
async function wrongAlerts(world: World, recovered: boolean): Promise<string[]> {
  const broken: string[] = []
  for (const dataset of DATASETS) {
    const isUp = new Map<string, boolean>()
    for (const { json } of world.told) {
      if (json['dataset'] !== dataset) continue
      for (const [kind, begins] of troublesOf(json, world)) {
        if (world.tellsOnce && (isUp.get(kind) ?? false) === begins) broken.push(`${kind} of ${dataset} is told twice: ${json['message']}`)
        isUp.set(kind, begins)
      }
    }
    for (const [kind, begun] of isUp) {
      const state = await world.ledger.alertStates.find(dataset, kind)
      if ((state !== undefined) !== begun)
        broken.push(`${kind} of ${dataset} was last told to ${begun ? 'begin' : 'be over'}; it is not so`)
      // No compaction comes after it, and the next would tell.
      if (recovered && begun && !kind.startsWith(APART))
        broken.push(`${kind} of ${dataset} is not over for people, though nothing is left of it`)
    }
    for (const { kind } of await world.ledger.alertStates.untold(dataset)) broken.push(`${kind} of ${dataset} is left to tell`)
    for (const key of world.raw.objects.keys()) {
      const [row] = datasetOf(key) === dataset ? await world.ledger.landings.find(dataset, [key]) : []
      if (row?.status === 'failed' && !isUp.get('batch-failed') && !isUp.get('batch-still-failed'))
        broken.push(`${row.batchId} is failed, and no one was told`)
    }
  }
  return broken
}

const APART = 'compaction-'
/** States that a message begins or ends. */
function troublesOf(json: Record<string, unknown>, world: World): [kind: string, begins: boolean][] {
  const kind = String(json['kind'])
  if (kind === 'recovered') {
    const { recovered } = json['observed'] as { recovered: string }
    return recovered.split(',').map((each) => [each, false])
  }
  const isApart = batchesOf(world).some(({ batchId, plan }) => batchId === json['batchId'] && plan?.source === 'curated')
  return [[isApart ? `${APART}${kind}` : kind, true]]
}

async function unfinished(world: World, { redriven, swept }: { redriven: boolean; swept: boolean }): Promise<string[]> {
  const broken: string[] = []
  for (const dataset of DATASETS) {
    const oldest = await world.ledger.landings.oldestWaiting(dataset)
    if (oldest !== undefined) broken.push(`${dataset} has waited since ${oldest}`)
    const holder = await world.ledger.leases.holder(dataset)
    if (holder && swept) broken.push(`${dataset} has a lease of ${holder.owner}`)
    const open = await world.ledger.batches.open(dataset)
    for (const { batchId, status } of open) {
      if (status === 'running' || redriven) broken.push(`${batchId} is still ${status}`)
    }
  }
  if (redriven && world.failedBatches.length > 0) broken.push(`${world.failedBatches.length} messages of failed batches are left`)
  return broken
}
