import { compose } from '../runtime/compose.ts'
import { alertStates, batches, clock, lake, landings, topic } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { lakeBucket, target } from '../runtime/settings.ts'
import { raiseAlert, raiseAlertInput } from '../use-cases/alerts/raise-alert.ts'

const world = compose({ alertStates, topic, clock, lake, landings, batches, target, settings: compose({ lakeBucket }) })

/** States `Warn of Quarantine Rate`, `Raise Failure Alert` and `Report Recovery` of ingest. */
export const handler = lambda(async (event: unknown) => raiseAlert(raiseAlertInput.parse(event), world()))
