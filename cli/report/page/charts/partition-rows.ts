import type { PartitionModel } from '../../model/model.ts'

/** A row of the grid: cells by column; undefined where no such partition is known. */
export interface GridRow {
  label: string
  cells: (PartitionModel | undefined)[]
}
export interface Grid {
  columns: string[]
  rows: GridRow[]
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const IN_A_ROW = 24
/** Fewer days than this in the usual month: then a month is one cell of a year. */
const DAYS_THAT_FILL_A_MONTH = 3

/** Dates make a calendar, which shows gaps; other partitions are in sorted order. */
export function gridOf(partitions: PartitionModel[]): Grid {
  const key = dateKey(partitions)
  if (key === undefined) return plainGrid(partitions)
  const months = new Set(partitions.map(({ values }) => values[key]?.slice(0, 7)))
  const hasDays = partitions.every(({ values }) => (values[key]?.length ?? 0) >= 10)
  const byDay = hasDays && partitions.length / months.size >= DAYS_THAT_FILL_A_MONTH
  const perCell = (date: string) => (byDay ? Number(date.slice(8, 10)) - 1 : Number(date.slice(5, 7)) - 1)
  const columns = byDay ? Array.from({ length: 31 }, (_, day) => String(day + 1)) : MONTHS
  const rows = new Map<string, GridRow>()
  const extra: PartitionModel[] = []
  for (const partition of partitions) {
    const date = partition.values[key] as string
    const others = Object.entries(partition.values).flatMap(([name, value]) => (name === key ? [] : [value]))
    const label = [...others, byDay ? date.slice(0, 7) : date.slice(0, 4)].join(' ')
    const row = rows.get(label) ?? { label, cells: columns.map(() => undefined) }
    rows.set(label, row)
    // Two days of a month that is one cell: the second has a row below.
    if (row.cells[perCell(date)]) extra.push(partition)
    else row.cells[perCell(date)] = partition
  }
  for (const partition of extra) {
    const date = partition.values[key] as string
    const label = `${date.slice(0, 4)} +`
    const row =
      [...rows.values()].find((each) => each.label.startsWith(label) && !each.cells[perCell(date)]) ?? newRow(rows, label, columns.length)
    row.cells[perCell(date)] = partition
  }
  return { columns, rows: [...rows.values()].sort((left, right) => (left.label < right.label ? -1 : 1)) }
}

function newRow(rows: Map<string, GridRow>, label: string, width: number): GridRow {
  const row = { label: rows.has(label) ? `${label}${rows.size}` : label, cells: Array.from({ length: width }, () => undefined) }
  rows.set(row.label, row)
  return row
}

function plainGrid(partitions: PartitionModel[]): Grid {
  const rows: GridRow[] = []
  for (let from = 0; from < partitions.length; from += IN_A_ROW) {
    const cells = partitions.slice(from, from + IN_A_ROW)
    rows.push({ label: Object.values(cells[0]?.values ?? {}).join(' ') || 'all', cells })
  }
  return { columns: [], rows }
}

/** The partition key whose values are all days or months. */
function dateKey(partitions: PartitionModel[]): string | undefined {
  const keys = Object.keys(partitions[0]?.values ?? {})
  return keys.find((key) => partitions.every(({ values }) => /^\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$/.test(values[key] ?? '')))
}
