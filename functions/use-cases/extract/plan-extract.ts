import type { Execution } from '../../domain/batch/batch.ts'
import type { Contract } from '../../domain/contract/contract.ts'
import { type JdbcSource, lagSeconds } from '../../domain/contract/fields/jdbc.ts'
import { DuplicateRunError, InvalidInputError } from '../../domain/errors.ts'
import {
  type Extract,
  type ExtractInput,
  type ExtractPlan,
  extractId,
  parseExtractInput,
  watermarkOf,
} from '../../domain/extract/extract.ts'
import { extractFolder, extractJobName } from '../../domain/names.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Contracts } from '../../ports/contracts.ts'
import type { Executions } from '../../ports/executions.ts'
import type { Extracts } from '../../ports/extracts.ts'
import type { Landings } from '../../ports/landings.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { landedBefore } from './landed-before.ts'
import { publishedWatermark } from './published-watermark.ts'

export interface PlanExtractWorld {
  contracts: Pick<Contracts, 'find'>
  extracts: Extracts
  landings: Pick<Landings, 'find'>
  executions: Pick<Executions, 'describe'>
  lake: Pick<ObjectStore, 'putText'>
  clock: Clock
  settings: { prefix: string; lakeBucket: string; contractsUri: string }
}

const RUNNING_LOOKED_AT = 10

/**
 * First state of extract: the window's lower bound is what is published.
 * @throws InvalidInputError, DuplicateRunError when another extract of the dataset runs
 */
export async function planExtract(event: { input?: unknown; execution: Execution }, world: PlanExtractWorld): Promise<Extract> {
  const input = parseExtractInput(event.input)
  const { execution } = event
  const contract = await world.contracts.find(input.dataset)
  if (!contract) throw new InvalidInputError(`dataset: "${input.dataset}" is not a dataset of this deployment`)
  const { jdbc } = contract.source
  if (!jdbc) throw new InvalidInputError(`dataset: "${input.dataset}" has no source.jdbc, so there is nothing to extract`)
  if (jdbc.watermark === undefined && (input.from ?? input.to) !== undefined)
    throw new InvalidInputError(
      'from, to: are values of the watermark, and the contract names none; leave them out to read the whole table',
    )
  await refuseSecond(input.dataset, execution, world)
  const { prefix, lakeBucket } = world.settings
  const plan = await planOf(input, extractId(execution), jdbc, world)
  const folder = extractFolder(input.dataset, plan.extractId)
  await world.lake.putText(`${folder}plan.json`, JSON.stringify(plan, null, 1))
  const { lower, upper } = plan
  await world.extracts.save({
    dataset: input.dataset,
    extractId: plan.extractId,
    status: 'running',
    executionArn: execution.id,
    startedAt: execution.startTime,
    of: watermarkOf(jdbc),
    ...(lower !== undefined && { lower }),
    ...(upper !== undefined && { upper }),
    ...(isByHand(input) && { byHand: true as const }),
  })
  const { worker_type: workerType, workers, timeout_minutes: timeoutMinutes } = contract.compute
  return {
    dataset: input.dataset,
    extractId: plan.extractId,
    execution,
    job: {
      ...{ name: extractJobName(prefix, input.dataset), planUri: `s3://${lakeBucket}/${folder}plan.json` },
      ...{ contractUri: contractUri(contract, world.settings.contractsUri), workerType, workers, timeoutMinutes },
    },
  }
}

async function planOf(input: ExtractInput, id: string, jdbc: JdbcSource, world: PlanExtractWorld): Promise<ExtractPlan> {
  const { connection, table, watermark, split, mode, lag = '0 seconds' } = jdbc
  const source = {
    ...{ connection, table, lagSeconds: lagSeconds(lag) },
    ...(watermark !== undefined && { watermark }),
    ...(split && { split }),
    ...(mode && { mode }),
  }
  const plan: ExtractPlan = { dataset: input.dataset, extractId: id, source }
  if (isByHand(input))
    return { ...plan, ...(input.from !== undefined && { lower: input.from }), ...(input.to !== undefined && { upper: input.to }) }
  if (input.all) return plan
  if (mode === 'full') return { ...plan, before: await landedBefore(input.dataset, jdbc, world) }
  if (watermark === undefined) return plan
  const published = await publishedWatermark(input.dataset, jdbc, world)
  if (published === undefined) return plan
  await world.extracts.saveWatermark(input.dataset, published)
  return { ...plan, lower: published.upper }
}

const isByHand = ({ from, to }: ExtractInput) => from !== undefined || to !== undefined

/** Two would read the same rows. One that was stopped or ran out of time has left its row behind. */
async function refuseSecond(dataset: string, { id }: Execution, { extracts, executions }: PlanExtractWorld): Promise<void> {
  for (const record of await extracts.recent(dataset, RUNNING_LOOKED_AT)) {
    if (record.status !== 'running' || record.executionArn === id) continue
    const other = await executions.describe(record.executionArn)
    if (other?.status === 'RUNNING') throw new DuplicateRunError(`extract ${record.extractId} of ${dataset} runs already`)
  }
}

/** Each contract is beside the index of all. */
const contractUri = ({ dataset, version }: Contract, contractsUri: string) =>
  `${contractsUri.slice(0, contractsUri.lastIndexOf('/'))}/${dataset}-${version}.json`
