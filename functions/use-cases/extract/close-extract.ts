import { z } from 'zod'
import { compose } from '../../domain/alert/compose.ts'
import { type Failure, failureSchema, failureSentence, readFailure } from '../../domain/batch/failure.ts'
import type { CommandTarget } from '../../domain/command/next-command.ts'
import { ManifestError } from '../../domain/errors.ts'
import { extractSchema, receiptSchema } from '../../domain/extract/extract.ts'
import { extractFolder } from '../../domain/names.ts'
import type { Contracts } from '../../ports/contracts.ts'
import type { Extracts } from '../../ports/extracts.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { Counters } from '../../ports/telemetry.ts'
import { type TellDeps, tellRecovery, tellTrouble } from '../alerts/tell.ts'

/** `error`: why the extract failed; without one its job has succeeded. */
export const closeExtractInput = z.object({ extract: extractSchema, error: failureSchema.nullish() })

export interface CloseExtractWorld extends TellDeps {
  contracts: Pick<Contracts, 'find'>
  extracts: Pick<Extracts, 'save' | 'recent'>
  lake: Pick<ObjectStore, 'getText'>
  counters: Counters
  target: CommandTarget
}

/** Rows, or the error with the message out of its Cause, for the execution to end with. */
export interface ClosedExtract {
  rows?: number
  objects?: number
  failure?: Failure
}

const LOOKED_AT = 50

/** Last state of extract: marks the ledger, and tells of a failure and of its end. */
export async function closeExtract(
  { extract, error }: z.infer<typeof closeExtractInput>,
  world: CloseExtractWorld,
): Promise<ClosedExtract> {
  const { dataset, extractId: id, execution } = extract
  const contract = await world.contracts.find(dataset)
  // An input that names no dataset of ours, or none with a database: the execution has said so.
  const row = (await world.extracts.recent(dataset, LOOKED_AT)).find(({ extractId }) => extractId === id)
  const endedAt = world.clock.now().toISOString()
  if (error) {
    if (row) await world.extracts.save({ ...row, status: 'failed', endedAt, error: failureSentence(error) })
    const failure = { Error: error.Error, Cause: readFailure(error).message }
    if (contract?.source.jdbc) {
      const facts = {
        dataset,
        owner: contract.owner,
        connection: contract.source.jdbc.connection,
        extractId: id,
        executionArn: execution.id,
      }
      await tellTrouble('extract-failed', compose('extract-failed', { ...facts, failure: error, target: world.target }), world)
      world.counters.count('ExtractsFailed', 1, { dataset })
    }
    return { failure }
  }
  const text = await world.lake.getText(`${extractFolder(dataset, id)}receipt.json`)
  if (text === undefined || row === undefined) throw new ManifestError(`extract ${id} of ${dataset} has left no receipt`)
  const { rows, objects, upper } = receiptSchema.parse(JSON.parse(text))
  await world.extracts.save({ ...row, status: 'landed', endedAt, rows, objects, ...(upper !== null && { upper }) })
  world.counters.count('RowsExtracted', rows, { dataset })
  await tellRecovery(['extract-failed'], { dataset, because: `extract ${id} succeeded`, target: world.target }, world)
  return { rows, objects: objects.length }
}
