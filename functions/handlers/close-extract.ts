import { compose } from '../runtime/compose.ts'
import { alertStates, clock, contracts, counters, extracts, lake, topic } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { target } from '../runtime/settings.ts'
import { closeExtract, closeExtractInput } from '../use-cases/extract/close-extract.ts'

const world = compose({ alertStates, topic, clock, contracts, extracts, lake, counters, target })

/** State `Close Extract` of extract. */
export const handler = lambda(async (event: unknown) => closeExtract(closeExtractInput.parse(event), world()))
