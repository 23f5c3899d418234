/** One backfill of a dataset at a time, beside the lease that its batches take. No dataset's name holds a colon. */
export const backfillLease = (dataset: string) => `${dataset}:backfill`
