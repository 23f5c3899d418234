import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CANARY, canaryFile } from '../../../cli/smoke/canary.ts'
import { cleanUp } from '../../../cli/smoke/clean-up.ts'
import { smoke } from '../../../cli/smoke/smoke.ts'
import type { SmokeWorld } from '../../../cli/smoke/world.ts'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { admit } from '../../../functions/domain/landing/admission.ts'
import { planKey } from '../../../functions/domain/names.ts'
import type { ExecutionStatus } from '../../../functions/ports/executions.ts'
import { readContractsFolder } from '../../../infra/packaging/contract-files.ts'
import { root } from '../../../setup/places.mjs'
import { existingTrouble } from '../alerts/alert-states.ts'
import { memoryLake } from '../batch/memory-lake.ts'

const ID = '20250131T120000Z-abcdef'
const BATCH = 'sluice_canary-20250131T120100Z-0badc0de'
const ARN = `arn:aws:states:us-east-1:123456789012:execution:sluice-dev-ingest:${BATCH}`

type Stop = 'event' | 'crawl' | 'batch' | 'table' | 'catalog' | 'alert' | 'upload'

/** A deployment that takes the file a step further at each look, until where it `stops`. */
async function world(stops?: Stop) {
  let seconds = Date.UTC(2025, 0, 31, 12) / 1000
  const clock = {
    now: () => {
      seconds += 1
      return new Date(seconds * 1000)
    },
  }
  const ledger = inMemoryLedger(clock)
  const { lake, objects } = memoryLake()
  const { key } = canaryFile(ID)
  const landing = { dataset: CANARY, key, sequencer: '0A', size: 50, etag: 'e', partition: { smoke: ID }, landedAt: '', recordedAt: '' }
  const removed: string[] = []
  let crawls = 0
  let looks = 0
  const begin = async () => {
    objects.set(
      planKey(CANARY, BATCH),
      JSON.stringify({
        dataset: CANARY,
        batchId: BATCH,
        source: 'landings',
        predicates: [],
        objects: [{ key, size: 50, sequencer: '0A', partition: { smoke: ID } }],
        createdAt: '',
      }),
    )
    const row = {
      dataset: CANARY,
      batchId: BATCH,
      status: 'running',
      source: 'landings',
      executionArn: ARN,
      executions: 1,
      redrives: 0,
    } as const
    const input = JSON.stringify({ dataset: CANARY, batchId: BATCH, source: 'landings', planUri: `s3://lake/${planKey(CANARY, BATCH)}` })
    await ledger.batches.save({ ...row, input, startedAt: '', revision: 0 })
  }
  const ended: Partial<Record<ExecutionStatus, object>> = {
    FAILED: { error: 'QualityGateError', cause: 'Error downloading from S3: AccessDenied' },
  }
  const status = (): ExecutionStatus => (looks < 2 ? 'RUNNING' : stops === 'batch' ? 'FAILED' : 'SUCCEEDED')
  const smokeWorld = {
    ...ledger,
    clock,
    lake,
    stage: 'dev',
    rawBucket: 'raw',
    alertTopicArn: 'arn:aws:sns:us-east-1:123456789012:sluice-dev-alerts',
    raw: {
      putText: async () => {
        if (stops === 'upload') throw Object.assign(new Error('not authorized to perform: kms:GenerateDataKey'), { name: 'AccessDenied' })
        if (stops !== 'event') await ledger.landings.record([{ ...landing, deleted: false }])
        return true
      },
      remove: async (keys: string[]) => {
        removed.push(...keys)
        await ledger.landings.record([{ ...landing, sequencer: '0B', deleted: true }])
      },
    },
    registry: { forget: async (table: string, expression: string) => removed.push(`${table} ${expression}`) },
    rawCrawler: async () => {
      crawls += 1
      if (crawls === 1)
        await ledger.flows.advance(CANARY, await ledger.flows.read(CANARY), {
          phase: 'requested',
          requestId: '1',
          dueAt: 'soon',
          attempts: stops === 'crawl' ? 1 : 0,
          since: '',
        })
      if (crawls === 2) await begin()
      return {
        name: 'sluice-dev_sluice_canary-raw',
        state: 'READY',
        lastCrawl: { id: '1', status: 'FAILED', error: 'Service Principal: glue.amazonaws.com is not authorized' },
      }
    },
    executions: {
      describe: async () => {
        looks += 1
        if (status() === 'SUCCEEDED' && stops !== 'table') objects.set(`curated/${CANARY}/run=${ID}/part-0.parquet`, '')
        if (status() === 'SUCCEEDED' && stops !== 'alert') await existingTrouble(ledger, CANARY, 'quarantine-rate')
        return { arn: ARN, name: BATCH, status: status(), input: '{}', startedAt: '', redrives: 0, redrivable: false, ...ended[status()] }
      },
    },
    currentState: async () => 'Curate',
    proof: { missing: async (_: string, asked: object[]) => (stops === 'catalog' ? asked : []) },
    failedBatches: { async *receive() {} },
    contracts: { find: async () => undefined, all: async () => [{ dataset: CANARY }] },
    log: { warn: () => {} },
    settings: { lakeBucket: 'lake', ingestStateMachineArn: '' },
    logOf: async (name: string) => [
      { at: 'then', message: '{"level":"INFO","message":"all is well"}' },
      { at: 'then', message: `{"level":"ERROR","message":"${name} failed"}` },
    ],
  } as unknown as SmokeWorld
  const told: string[] = []
  const go = () =>
    smoke(ID, smokeWorld, {
      timeoutSeconds: 60,
      everyMs: 0,
      tell: (step, state, words) => told.push([step, state, words].filter(Boolean).join(' | ')),
    })
  return { go, told, removed, ledger, objects, cleanUp: async (run: Parameters<typeof cleanUp>[0]) => cleanUp(run, smokeWorld, 0) }
}

describe('smoke', () => {
  it('follows its file to table and alert, and names at each step what it waits for', async () => {
    const { go, told } = await world()
    const { bundle } = await go()
    expect(told).toEqual([
      'the file lands | done',
      'the landing is recorded | done',
      'a crawl sees the file | waits | record-landings to request a crawl',
      'a crawl sees the file | waits | the raw crawl, which is due at soon',
      'a crawl sees the file | done',
      'the batch succeeds | waits | state Curate',
      'the batch succeeds | done',
      'the rows are in the table | done',
      'the alert was sent | done',
    ])
    expect(bundle).toMatchObject({ ok: true, ids: { batchId: BATCH, executionArn: ARN }, logs: [] })
  })

  it.each<[Stop, string, RegExp, string[]]>([
    ['upload', 'the file lands', /^AccessDenied: not authorized to perform: kms:GenerateDataKey$/, []],
    ['event', 'the landing is recorded', /^still waits for S3's event, .*five minutes/, ['record-landings']],
    [
      'crawl',
      'a crawl sees the file',
      /crawler sluice-dev_sluice_canary-raw: Service Principal.*is not authorized/,
      ['start-crawl', 'start-batch'],
    ],
    ['batch', 'the batch succeeds', /^QualityGateError: Error downloading from S3: AccessDenied$/, ['prepare-batch', 'judge-quality']],
    ['table', 'the rows are in the table', /there is no file below curated\/sluice_canary\/run=/, ['publish-batch']],
    ['catalog', 'the rows are in the table', /table sluice_canary has no partition/, ['confirm-partitions']],
    ['alert', 'the alert was sent', /no alert quarantine-rate reached arn:aws:sns/, ['raise-alert']],
  ])('that stops at the %s names the step, the words of what refused it, and lines of the log', async (stops, step, words, functions) => {
    const { go } = await world(stops)
    const { bundle } = await go()
    expect(bundle.ok).toBe(false)
    expect(bundle.steps.at(-1)).toMatchObject({ step, words: expect.stringMatching(words) })
    expect(bundle.logs.map((log) => log.function)).toEqual(expect.arrayContaining(functions))
    for (const { lines } of bundle.logs) expect(lines).toEqual([{ at: 'then', message: expect.stringContaining('ERROR') }])
  })

  it('puts no row of its file into the bundle', async () => {
    const { go } = await world('batch')
    const { bundle } = await go()
    for (const row of canaryFile(ID).text.trim().split('\n')) expect(JSON.stringify(bundle)).not.toContain(row)
  })

  it('removes what it made: objects, partitions, and a failed batch', async () => {
    const { go, removed, ledger, objects, cleanUp: clean } = await world('batch')
    const { run } = await go()
    const row = await ledger.batches.find(CANARY, BATCH)
    await ledger.batches.save({ ...(row as NonNullable<typeof row>), status: 'failed' })
    expect(await clean(run)).toEqual([])
    expect(removed).toEqual([
      `raw/sluice_canary/smoke=${ID}/rows.csv`,
      `sluice_canary_raw smoke = '${ID}'`,
      `sluice_canary_quarantine smoke = '${ID}'`,
      `sluice_canary run = '${ID}'`,
      `sluice_canary_staged batch_id = '${BATCH}'`,
      expect.stringMatching(/^sluice_canary_staged/),
    ])
    expect(await ledger.batches.find(CANARY, BATCH)).toMatchObject({ status: 'dismissed', dismissed: { by: 'sluice smoke' } })
    expect([...objects.keys()]).toEqual([])
  })
})

it('the canary that ships takes the file', async () => {
  const { files, problems } = await readContractsFolder(join(root, 'infra', 'canary'))
  expect(problems).toEqual([])
  const contracts = new Map(files.flatMap(({ contract }) => (contract ? [[contract.dataset, contract]] : [])))
  expect([...contracts.keys()]).toEqual([CANARY])
  const { key } = canaryFile(ID)
  const event = { kind: 'created', bucket: 'raw', key, size: 50, etag: 'e', sequencer: '0A', at: '2025-01-31T12:00:00.000Z' }
  expect(admit(event as never, 'raw', contracts)).toMatchObject({ landing: { dataset: CANARY, partition: { smoke: ID } } })
})
