/** A good contract, one field a line, so that a test can spoil one line and say which. */
export const ORDERS = `dataset: orders
owner: commerce-data@example.com
source:
  format: csv
  options: { header: true }
  partition_keys: [ingest_date]
columns:
  order_id: string
  customer_id: bigint
  order_timestamp: { type: timestamp, format: "yyyy-MM-dd HH:mm:ss" }
  amount: decimal(12,2)
  status: string
derive:
  order_date: to_date(order_timestamp)
primary_key: [order_id]
latest_by: [order_timestamp]
quarantine:
  rules:
    null_order_id: order_id IS NULL
    negative_amount: amount < 0
  warn_rate: 0.01
  halt_rate: 0.20
quality: |
  Rules = [
    RowCount > 0,
    IsUnique "order_id"
  ]
curated: { partition_by: [order_date] }
`

/** The contract with one line replaced (all lines from 1); more lines may take its place. */
export function ordersWith(line: number, ...replacement: string[]): string {
  const lines = ORDERS.split('\n')
  lines.splice(line - 1, 1, ...replacement)
  return lines.join('\n')
}

/** The number of the only line that holds the text. */
export function lineHolding(contract: string, text: string): number {
  return contract.split('\n').findIndex((line) => line.includes(text)) + 1
}

/** The contract with the only line that holds `text` replaced. */
export function ordersInstead(text: string, ...replacement: string[]): string {
  return ordersWith(lineHolding(ORDERS, text), ...replacement)
}
