import type { Denial } from '../../laptop/iam/guard.ts'
import type { Pipeline } from '../../laptop/pipeline.ts'

/** Calls that a role was refused, and that AWS would refuse it too. */
export function refusals(pipeline: Pick<Pipeline, 'permissions'>): Denial[] {
  return pipeline.permissions().denials.filter((denial) => !isTheCommittersLook(denial))
}

/** The laptop's S3A looks for uploads beside its own, to warn of them, and goes on when it may not. Glue's committer does not. */
const isTheCommittersLook = ({ role, action }: Denial) => role.endsWith('CurateJobRole') && action === 's3:ListBucketMultipartUploads'
