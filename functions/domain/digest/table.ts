import { dollars, inFull } from '../words.ts'
import { type DatasetDigest, troublesOf } from './digest.ts'

/** Mail programs show text of more columns with breaks. */
export const WIDTH = 80
const GAP = '  '
/** Two characters that mark a dataset which needs a person. */
const [MARK, NO_MARK] = ['! ', '  ']
/** A longer name has a line of its own. */
const LEAST_NAME = 'dataset'.length
const NONE = '-'

interface Column {
  head: string
  cell: (dataset: DatasetDigest, now: Date) => string
  /** Left out where no dataset has anything in it. */
  optional?: boolean
}

const COLUMNS: Column[] = [
  { head: 'last', cell: ({ lastPublishedAt }, now) => (lastPublishedAt === null ? NONE : timeOrDay(new Date(lastPublishedAt), now)) },
  { head: 'expected', cell: ({ expected }, now) => expectedCell(expected, now), optional: true },
  { head: 'batches', cell: ({ batches }) => amount(batches.ended) },
  { head: 'rows', cell: ({ rows }) => amount(rows.published) },
  { head: 'bad', cell: ({ rows }) => (rows.read === 0 ? NONE : rateCell(rows.quarantined / rows.read)) },
  { head: 'waiting', cell: ({ waitingRows }) => (waitingRows === 0 ? NONE : amount(waitingRows)), optional: true },
  { head: 'alerts', cell: ({ alerts }) => (alerts.length === 0 ? NONE : amount(alerts.length)), optional: true },
  { head: 'cost', cell: ({ batches, dollars: cost }) => (batches.ended === 0 ? NONE : costCell(cost)) },
]

/** A line for each dataset, in the given order, none wider than WIDTH; the heads come first. */
export function datasetLines(datasets: DatasetDigest[], now: Date): string[] {
  const columns = COLUMNS.map(({ head, cell, optional }) => {
    const cells = datasets.map((dataset) => cell(dataset, now))
    return { head, cells, width: Math.max(head.length, ...cells.map(({ length }) => length)), optional }
  }).filter(({ cells, optional }) => !optional || cells.some((cell) => cell !== NONE))
  const taken = columns.reduce((sum, { width }) => sum + GAP.length + width, MARK.length)
  const longest = Math.max(LEAST_NAME, ...datasets.map(({ dataset }) => dataset.length))
  const nameWidth = Math.max(0, Math.min(longest, WIDTH - taken))
  const line = (mark: string, name: string, cellOf: (column: (typeof columns)[number]) => string) => {
    const rest = columns.map((column) => GAP + cellOf(column).padStart(column.width)).join('')
    return name.length > nameWidth
      ? [mark + name, mark.replace(MARK, NO_MARK) + ' '.repeat(nameWidth) + rest]
      : [mark + name.padEnd(nameWidth) + rest]
  }
  return [
    ...line(NO_MARK, 'dataset', ({ head }) => head),
    ...datasets.flatMap((dataset, row) =>
      line(troublesOf(dataset).length > 0 ? MARK : NO_MARK, dataset.dataset, ({ cells }) => cells[row] ?? NONE),
    ),
  ]
}

const DAY_MS = 86_400_000
const day = new Intl.DateTimeFormat('en', { timeZone: 'UTC', month: 'short', day: 'numeric' })

/** The time of the day of what is younger than a day, else the day. */
function timeOrDay(when: Date, now: Date): string {
  return now.getTime() - when.getTime() < DAY_MS ? when.toISOString().slice(11, 16) : day.format(when)
}

function expectedCell(expected: DatasetDigest['expected'], now: Date): string {
  if (expected === null) return NONE
  if (!expected.late) return 'in time'
  const hours = (now.getTime() - Date.parse(expected.dueAt)) / 3_600_000
  if (hours < 1) return `${Math.floor(hours * 60)} min late`
  return hours < 48 ? `${Math.floor(hours)} h late` : `${Math.floor(hours / 24)} d late`
}

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 })
/** Above it the line has no room; the totals have every digit. */
const LONGEST_IN_FULL = 9_999_999
const amount = (number: number) => (number > LONGEST_IN_FULL ? short.format(number) : inFull(number))
const costCell = (cost: number) => (cost >= 10_000 ? `$${short.format(cost)}` : dollars(cost))

function rateCell(rate: number): string {
  if (rate === 0) return '0%'
  return rate < 0.0001 ? '<0.01%' : `${Number((rate * 100).toPrecision(3))}%`
}
