/** Contracts of two datasets and of gold that is made of them. */
export const ORDERS = `dataset: orders
owner: o@example.com
source: { format: csv, options: { header: true }, partition_keys: [day] }
columns: { order_id: string, customer_id: bigint, amount: "decimal(12,2)", at: { type: timestamp, format: "yyyy-MM-dd HH:mm:ss" } }
derive: { order_date: to_date(at) }
primary_key: [order_id]
latest_by: [at]
curated: { partition_by: [order_date] }
`
export const CUSTOMERS = `dataset: customers
owner: o@example.com
source: { format: csv, options: { header: true } }
columns: { customer_id: bigint, segment: string, changed: int }
primary_key: [customer_id]
latest_by: [changed]
`
export const REVENUE = `dataset: monthly_revenue
owner: finance@example.com
gold:
  sources:
    orders: { rebuilds: { order_month: "trunc(order_date, 'MM')" } }
    customers: { rebuilds: all }
  sql: |
    SELECT trunc(o.order_date, 'MM') AS order_month, c.segment, count(*) AS orders, sum(o.amount) AS revenue
    FROM orders o JOIN customers c USING (customer_id) GROUP BY 1, 2
columns: { order_month: date, segment: string, orders: bigint, revenue: "decimal(22,2)" }
primary_key: [order_month, segment]
reconcile:
  revenue: { gold: "SELECT sum(revenue) FROM monthly_revenue", sources: "SELECT sum(amount) FROM orders JOIN customers USING (customer_id)" }
quality: Rules = [ RowCount > 0, ColumnValues "revenue" >= 0 ]
curated: { partition_by: [order_month] }
`
export const YEARLY = `dataset: yearly_revenue
owner: finance@example.com
gold:
  sources: { monthly_revenue: { rebuilds: { year: year(order_month) } } }
  sql: SELECT year(order_month) AS year, sum(revenue) AS revenue FROM monthly_revenue GROUP BY 1
columns: { year: int, revenue: "decimal(32,2)" }
primary_key: [year]
curated: { partition_by: [year] }
`

/** A contract with one piece of text replaced, under another name. */
export function changed(contract: string, dataset: string, instead: string, by: string): string {
  if (!contract.includes(instead)) throw new Error(`no ${instead} in the contract`)
  return contract.replace(instead, by).replace(/^dataset: .*/, `dataset: ${dataset}`)
}
