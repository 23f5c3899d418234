/**
 * Errors named for the reaction to them: Step Functions matches exact strings, and bundlers rename classes, so every
 * `name` is a literal. Messages carry ids and key names, never payloads or secrets.
 */

/** The caller's input is wrong; never retried. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError'
}
/** The work is already running or done; fine. */
export class DuplicateRunError extends Error {
  override readonly name = 'DuplicateRunError'
}
/** Something we depend on failed for a moment; retried with jitter and a cap. */
export class TransientDependencyError extends Error {
  override readonly name = 'TransientDependencyError'
}
/** A quota was met; retried with jitter and a cap. */
export class ThrottledError extends Error {
  override readonly name = 'ThrottledError'
}
/** The deployment is wrong (a variable, a table, a permission); fail and alarm. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}
/** The DQDL ruleset did not pass, or could not be judged. */
export class QualityGateError extends Error {
  override readonly name = 'QualityGateError'
}
/** More rows were quarantined than the contract's halt_rate allows. */
export class QuarantineRateError extends Error {
  override readonly name = 'QuarantineRateError'
}
/** Another batch of the dataset holds the lease, or took it: wait, or begin again. */
export class LeaseUnavailableError extends Error {
  override readonly name = 'LeaseUnavailableError'
}
/** The batch's turn at the job did not come in time: more batches run at a time, or redrive later. */
export class JobSlotUnavailableError extends Error {
  override readonly name = 'JobSlotUnavailableError'
}
/** What was staged no longer fits the curated table, since another batch published in between: curate again. */
export class StaleBatchError extends Error {
  override readonly name = 'StaleBatchError'
}
/** The curate job's manifest is missing, belongs to something else, or does not add up: never published. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}
/** The curated crawl failed, or readers still cannot see what was published; publishing again is harmless. */
export class CrawlFailedError extends Error {
  override readonly name = 'CrawlFailedError'
}
/** The contract would give the existing table rows of a second kind: change it back, rename the dataset, or rebuild the table. */
export class ContractChangedError extends Error {
  override readonly name = 'ContractChangedError'
}
