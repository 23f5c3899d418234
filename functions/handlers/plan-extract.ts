import { prepareBatchInput } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { clock, contracts, executions, extracts, lake, landings } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { contractsUri, lakeBucket, prefix } from '../runtime/settings.ts'
import { planExtract } from '../use-cases/extract/plan-extract.ts'

const settings = compose({ prefix, lakeBucket, contractsUri })
const world = compose({ contracts, extracts, landings, executions, lake, clock, settings })

/** State `Plan Extract` of extract. InvalidInputError and DuplicateRunError are not retried. */
export const handler = lambda(async (event: unknown) => planExtract(prepareBatchInput.parse(event), world()))
