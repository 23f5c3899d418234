/** Metrics, counters and the log. */

export interface Metric {
  name: string
  value: number
  unit: 'Count' | 'Percent' | 'Seconds' | 'Bytes' | 'None'
}

export interface Metrics {
  put(dataset: string, metrics: Metric[]): Promise<void>
}

/** Counts for dashboards and alarms, which need no API call. */
export interface Counters {
  count(name: string, value: number, dimensions: Record<string, string>): void
}

/** The function's log, for what people may want to look up: ids and keys, never a row. */
export interface Log {
  warn(message: string, fields: Record<string, unknown>): void
}
