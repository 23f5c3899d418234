import { z } from 'zod'
import { dynamodbLeases } from '../adapters/ledger/leases.ts'
import { ledgerTable } from '../adapters/ledger/table.ts'
import { sfnExecutions } from '../adapters/step-functions/executions.ts'
import { batchSchema } from '../domain/batch/batch.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { type AcquireLeaseDeps, acquireLease } from '../use-cases/batch/acquire-lease.ts'

const input = z.object({ batch: batchSchema })
let deps: AcquireLeaseDeps | undefined

/** State `Acquire Lease` of ingest: asked again and again until the lease is ours or the wait is over. */
export const handler = lambda(async (event: unknown) => acquireLease(input.parse(event), (deps ??= connect())))

function connect(): AcquireLeaseDeps {
  const config = readConfig('LEDGER_TABLE_NAME')
  return { leases: dynamodbLeases(ledgerTable(config.LEDGER_TABLE_NAME), { now: () => new Date() }), executions: sfnExecutions() }
}
