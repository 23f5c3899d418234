/** Values of single columns of the Parquet files that a job has staged. */

export interface StagedColumns {
  /**
   * The columns of the first `mostRows` rows, in the given order; of a partition column its folder's value. `bytes`: how much was read.
   * @throws when the file has no such column
   */
  read(
    file: { key: string; bytes: number; values: Record<string, string> },
    columns: readonly string[],
    mostRows: number,
  ): Promise<{ rows: unknown[][]; bytes: number }>
}
