import { compose } from '../runtime/compose.ts'
import { alertStates, batches, clock, contracts, digestTopic, lake, pauses } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { digestTarget } from '../runtime/settings.ts'
import { digest } from '../use-cases/digest/digest.ts'

const world = compose({ contracts, batches, pauses, alertStates, lake, clock, digestTopic, digestTarget })

/** Schedule, where the parameter `digest` names a time: how every dataset did in the last 24 hours. */
export const handler = lambda(async () => digest(world()))
