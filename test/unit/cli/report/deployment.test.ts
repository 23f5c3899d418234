import { describe, expect, it } from 'vitest'
import { deploymentReader } from '../../../../cli/report/sources/deployment.ts'
import { inMemoryLedger } from '../../../../functions/adapters/ledger/in-memory/ledger.ts'
import type { BatchRecord } from '../../../../functions/domain/batch/record.ts'
import type { ObjectStore } from '../../../../functions/ports/object-store.ts'

const at = (day: number) => new Date(Date.UTC(2025, 0, day))
const idOf = (day: number) => `orders-${at(day).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z-00000000`

/** A deployment with one dataset, and what has been asked of it. */
function deployment() {
  const asked = { files: 0, records: 0 }
  const ledger = inMemoryLedger({ now: () => at(100) })
  const lake = {
    getText: async () => {
      asked.files += 1
      return undefined
    },
  } as Partial<ObjectStore>
  const batches = {
    ...ledger.batches,
    async recent(dataset: string, limit: number) {
      const records = await ledger.batches.recent(dataset, limit)
      asked.records += records.length
      return records
    },
  }
  const contract = {
    dataset: 'orders',
    owner: 'shop@example.com',
    quarantine: { warn_rate: 0.1, halt_rate: 1 },
    source: { partition_keys: [] },
    columns: {},
    derive: {},
    primary_key: [],
    curated: { partition_by: [] },
  }
  const world = { ...ledger, batches, lake, contracts: { all: async () => [contract] }, executions: { describe: async () => undefined } }
  const read = deploymentReader(world as unknown as Parameters<typeof deploymentReader>[0], { batches: 50, traces: 5, quarantine: false })
  return {
    /** Of one look: the facts, and what it asked for. */
    async look() {
      Object.assign(asked, { files: 0, records: 0 })
      const [facts] = await read()
      return { facts, ...asked }
    },
    async save(day: number, status: BatchRecord['status']) {
      const existing = await ledger.batches.find('orders', idOf(day))
      const startedAt = at(day).toISOString()
      const fresh = {
        dataset: 'orders',
        batchId: idOf(day),
        source: 'landings',
        executionArn: 'arn',
        executions: 1,
        redrives: 0,
        input: '{}',
      } as const
      await ledger.batches.save({ ...fresh, startedAt, revision: 0, ...existing, status })
    },
    land: (key: string) =>
      ledger.landings.record([
        { dataset: 'orders', key, size: 5, etag: 'e', sequencer: 'A', partition: {}, recordedAt: at(99).toISOString(), deleted: false },
      ] as unknown as Parameters<typeof ledger.landings.record>[0]),
  }
}

describe('a second look at a deployment', () => {
  it('reads the newest records and no file when nothing is new, and gives the same facts', async () => {
    const { look, save } = deployment()
    for (let day = 1; day <= 60; day += 1) await save(day, 'succeeded')
    const first = await look()
    expect(first.facts?.batches).toHaveLength(50)
    const second = await look()
    expect(second).toEqual({ facts: first.facts, files: 0, records: 10 })
    expect(second.facts).toBe(first.facts)
  })

  it('reads the files of what has ended since, and of nothing else', async () => {
    const { look, save } = deployment()
    for (let day = 1; day <= 60; day += 1) await save(day, 'succeeded')
    await look()
    await save(61, 'succeeded')
    const { facts, files, records } = await look()
    expect(facts?.batches.map(({ batchId }) => batchId).slice(0, 2)).toEqual([idOf(61), idOf(60)])
    expect(facts?.batches).toHaveLength(50)
    expect([files > 0 && files <= 3, records]).toEqual([true, 10])
  })

  it('sees how a batch ends that began long before the newest ones', async () => {
    const { look, save } = deployment()
    await save(1, 'failed')
    for (let day = 2; day <= 30; day += 1) await save(day, 'succeeded')
    expect((await look()).facts?.batches.at(-1)).toMatchObject({ batchId: idOf(1), status: 'failed' })
    await save(1, 'running')
    expect((await look()).facts?.batches.at(-1)?.status).toBe('running')
    await save(1, 'succeeded')
    expect((await look()).facts?.batches.at(-1)?.status).toBe('succeeded')
  })

  it('misses none when more have come than it looks at', async () => {
    const { look, save } = deployment()
    for (let day = 1; day <= 5; day += 1) await save(day, 'succeeded')
    await look()
    for (let day = 6; day <= 40; day += 1) await save(day, 'succeeded')
    expect((await look()).facts?.batches).toHaveLength(40)
  })

  it('sees what has landed', async () => {
    const { look, save, land } = deployment()
    await save(1, 'succeeded')
    expect((await look()).facts?.waiting?.objects).toEqual([])
    await land('raw/orders/a.csv')
    expect((await look()).facts?.waiting?.objects).toHaveLength(1)
  })
})
