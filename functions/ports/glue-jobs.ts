/** Runs of the curate job and of data quality evaluations. */

/** Runs of the curate job. */
export interface JobRuns {
  /** Those of the batch that have not ended. None is older than `since`. One that waits for capacity does not run yet. */
  live(batchId: string, since: Date): Promise<{ id: string; stopping: boolean; runningSince?: Date }[]>
  stop(runIds: string[]): Promise<void>
}

/** What a data quality evaluation found. */
export interface QualityResults {
  /** Undefined when Glue knows no such result. */
  find(resultId: string): Promise<{ score: number | undefined; rules: QualityRuleResult[] } | undefined>
}

export interface QualityRuleResult {
  name: string
  description: string
  /** Glue's own value: PASS, FAIL, ERROR; anything else is not a pass. */
  result: string | undefined
  message: string | undefined
  /** Glue's names of what was measured, such as Column.amount.Completeness, with the values. */
  metrics?: Record<string, number>
}
