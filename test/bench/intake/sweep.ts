import { type Contract, contractSchema } from '../../../functions/domain/contract/contract.ts'
import { PRICES } from '../../../functions/domain/cost/prices.ts'
import { LANDING_SHARDS, type Landing } from '../../../functions/domain/landing/landing.ts'
import type { SweepCursor } from '../../../functions/ports/landings.ts'
import type { StoredObject } from '../../../functions/ports/object-store.ts'
import { type RestoreLandingsWorld, restoreLandings } from '../../../functions/use-cases/intake/restore-landings.ts'

export interface SweepMonth {
  filesADay: number
  objectsAtTheEnd: number
  sweeps: number
  /** ListObjectsV2 requests. */
  pagesListed: number
  queries: number
  readUnits: number
  cpuSeconds: number
  dollars: { listing: number; ledger: number; function: number; total: number }
}

const DAYS = 30
const SWEEP_MINUTES = 15
const PAGE = 1000
const DAY = 86_400_000
/** A landing's row with its key twice (object key and partition), etag, times and batch id. */
const ROW_BYTES = 400
const FUNCTION_GIGABYTES = 1
/** S3 and the ledger answer in some 30 ms a page; the function waits meanwhile and is paid. */
const SECONDS_A_PAGE = 0.1

/** A month of the sweep's listing of one dataset in which so many files land a day and stay; each was heard of. */
export async function sweepMonth(filesADay: number): Promise<SweepMonth> {
  const start = Date.parse('2025-01-01T00:00:00Z')
  let now = start
  let cursor: SweepCursor | undefined
  const counts = { pages: 0, queries: 0, units: 0 }
  const keyOf = (index: number) =>
    `raw/orders/ingest_date=${String(Math.floor(index / filesADay)).padStart(4, '0')}/${String(index % filesADay).padStart(8, '0')}.csv`
  const indexOf = (key: string) => Number(key.slice(23, 27)) * filesADay + Number(key.slice(28, 36))
  const landedAt = (index: number) => start + Math.floor((index * DAY) / filesADay)
  // Made once each, so that the time measured is the sweep's.
  const rows: Landing[] = []
  const known = (index: number) => (rows[index] ??= knownLanding(keyOf(index), new Date(landedAt(index)).toISOString()))
  const stored: StoredObject[] = []
  const objectAt = (index: number) => (stored[index] ??= { key: keyOf(index), size: 1, etag: 'e', lastModified: new Date(landedAt(index)) })
  const objects = () => Math.floor(((now - start) * filesADay) / DAY)
  const world: RestoreLandingsWorld = {
    contracts: { all: async () => [CONTRACT], find: async () => CONTRACT },
    cursors: {
      read: async () => cursor,
      write: async (_, next) => {
        cursor = next
      },
    },
    raw: {
      async *list(_, { startAfter } = {}) {
        let index = startAfter === undefined ? 0 : indexOf(startAfter) + 1
        do {
          counts.pages += 1
          const length = Math.min(PAGE, objects() - index)
          yield Array.from({ length }, (_, n) => objectAt(index + n))
          index += length
        } while (index < objects())
      },
    } as Pick<RestoreLandingsWorld['raw'], 'list'> as RestoreLandingsWorld['raw'],
    landings: {
      async between(_: string, first: string, last: string) {
        const [from, to] = [indexOf(first), indexOf(last)]
        counts.queries += LANDING_SHARDS
        // Half a unit for each 4 KB of an eventually consistent query.
        counts.units += LANDING_SHARDS * Math.ceil((((to - from + 1) / LANDING_SHARDS) * ROW_BYTES) / 4096) * 0.5
        return Array.from({ length: to - from + 1 }, (_, n) => known(from + n))
      },
    } as RestoreLandingsWorld['landings'],
    flows: undefined as never,
    timer: undefined as never,
    counters: { count: () => {} },
    clock: { now: () => new Date(now) },
    settings: { rawBucket: 'raw', settleSeconds: 60, sweepGraceSeconds: 900, sweepLookbackDays: 30 },
  }
  const begun = process.cpuUsage()
  const sweeps = (DAYS * DAY) / (SWEEP_MINUTES * 60_000)
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    now += SWEEP_MINUTES * 60_000
    await restoreLandings('orders', world, new Date(now + 600_000))
  }
  const { user, system } = process.cpuUsage(begun)
  const dollars = {
    listing: counts.pages * PRICES.s3Write,
    ledger: counts.units * PRICES.ledgerRead + sweeps * (PRICES.ledgerRead / 2 + PRICES.ledgerWrite),
    function: counts.pages * SECONDS_A_PAGE * FUNCTION_GIGABYTES * PRICES.gigabyteSecond,
  }
  return {
    filesADay,
    objectsAtTheEnd: objects(),
    sweeps,
    pagesListed: counts.pages,
    queries: counts.queries,
    readUnits: counts.units,
    cpuSeconds: (user + system) / 1e6,
    dollars: { ...dollars, total: dollars.listing + dollars.ledger + dollars.function },
  }
}

const knownLanding = (key: string, at: string): Landing => ({
  dataset: 'orders',
  key,
  sequencer: '01',
  size: 1,
  etag: 'e',
  partition: {},
  landedAt: at,
  recordedAt: at,
  status: 'done',
})

const CONTRACT: Contract = {
  ...contractSchema.parse({
    dataset: 'orders',
    owner: 'somebody@example.com',
    source: { format: 'csv', partition_keys: ['ingest_date'] },
    columns: { id: 'string' },
    primary_key: ['id'],
  }),
  version: '000000000001',
}
