import type { Denial } from '../../laptop/iam/guard.ts'
import type { Pipeline } from '../../laptop/pipeline.ts'

/** Calls that a role was refused, and that AWS would refuse it too. */
export const refusals = (pipeline: Pick<Pipeline, 'permissions'>): Denial[] => pipeline.permissions().denials
