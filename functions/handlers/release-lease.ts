import { z } from 'zod'
import { dynamodbLeases } from '../adapters/ledger/leases.ts'
import { ledgerTable } from '../adapters/ledger/table.ts'
import { batchIdentitySchema } from '../domain/batch/batch.ts'
import type { Leases } from '../ports.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { releaseLease } from '../use-cases/batch/release-lease.ts'

const input = z.object({ batch: batchIdentitySchema })
let leases: Leases | undefined

/** State `Release Lease` of ingest, on every path. */
export const handler = lambda(async (event: unknown) => releaseLease(input.parse(event), { leases: (leases ??= connect()) }))

const connect = () => dynamodbLeases(ledgerTable(readConfig('LEDGER_TABLE_NAME').LEDGER_TABLE_NAME), { now: () => new Date() })
