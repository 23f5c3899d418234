import { createHash } from 'node:crypto'
import { pascal } from './template.ts'

/** S3 takes 63 characters; `sluice-…-lake-<account>-<region>` leaves so many in the region with the longest name. */
export const LONGEST_STAGE = 23

/** Why a stage cannot have this name; undefined when it can. Bucket names carry it, and S3 has the narrowest rules. */
export function stageProblem(stage: string): string | undefined {
  if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(stage) && stage.length <= LONGEST_STAGE) return undefined
  return `stage "${stage}" cannot be part of a bucket's name: give --stage 1 to ${LONGEST_STAGE} lower-case letters, digits and hyphens, with a letter or digit at both ends`
}

/**
 * Logical id of a dataset's nested stack. It depends on the name alone, so that no other dataset can change it. CloudFormation takes
 * letters and digits only: where `orders_2` would become what `orders2` is, a hash distinguishes them.
 */
export function datasetStackId(dataset: string): string {
  const id = pascal(dataset).replaceAll('_', '')
  const told = id.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
  return `Dataset${id}${told === dataset ? '' : `X${createHash('sha256').update(dataset).digest('hex').slice(0, 8)}`}`
}
