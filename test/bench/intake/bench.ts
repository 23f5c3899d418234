import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { type Bill, bill, naiveBill } from './prices.ts'
import type { RunResult } from './run.ts'
import { type SweepMonth, sweepMonth } from './sweep.ts'

/**
 * `npm run bench:intake [-- --files N] [-- --json]`: files over 20 datasets in bursts, through the real function stack with the ledger in
 * memory, and what it would cost on AWS beside a crawl and a job run for every event. Each size runs in a process of its own.
 */
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    datasets: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log('npm run bench:intake -- [--files 100000] [--datasets 20] [--json]')
  process.exit(0)
}
const SWEEP_FILES_A_DAY = 10_000
const files = wholeNumber('files', values.files)
const datasets = wholeNumber('datasets', values.datasets)

const say = (line: string) => process.stderr.write(`${line}\n`)
say(`${files} files over ${datasets} datasets, then ${files * 10} to see whether memory grows …`)
const small = measure(files)
const large = measure(files * 10)
const ours = bill(small)
const naive = naiveBill(small)
const month = await sweepMonth(SWEEP_FILES_A_DAY)
report(small, large, ours, naive)
reportSweep(month)
if (values.json) console.log(JSON.stringify({ ...summary(small, large, ours, naive), sweepMonth: month }))

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  console.error(`--${name} must be a whole number above 0, not "${text}"`)
  process.exit(2)
}

function measure(count: number): RunResult {
  const run = new URL('./run.ts', import.meta.url).pathname
  const child = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', run, String(count), String(datasets)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  })
  if (child.status !== 0) throw new Error(`the run of ${count} files ended with ${child.status ?? child.signal}`)
  return JSON.parse(child.stdout.toString().trim().split('\n').at(-1) ?? '')
}

function summary(small: RunResult, large: RunResult, ours: Bill, naive: Bill) {
  return {
    files: small.files,
    datasets: small.datasets,
    bursts: small.bursts,
    events: small.events,
    eventsPerSecond: Math.round(small.events / small.handlerSeconds),
    awsCallsPer1000Files: Math.round((small.totalCalls / small.files) * 1000),
    awsCalls: small.calls,
    crawls: small.crawls,
    batches: small.batches,
    mostCrawlsABurst: small.mostCrawlsABurst,
    mostBatchesABurst: small.mostBatchesABurst,
    heapMegabytes: { atN: small.peakHeapMegabytes, at10N: large.peakHeapMegabytes },
    dollars: { ours, naive, timesCheaper: Math.round(naive.total / ours.total) },
  }
}

function report(small: RunResult, large: RunResult, ours: Bill, naive: Bill): void {
  const rows: [string, string, string][] = [
    ['', 'Sluice', 'a crawl and a run per event'],
    ['events a second, one core', String(Math.round(small.events / small.handlerSeconds)), '–'],
    ['AWS calls per 1,000 files', String(Math.round((small.totalCalls / small.files) * 1000)), String(naive.callsPer1000Files)],
    ['raw crawls', String(small.crawls), String(small.files)],
    ['batches', String(small.batches), String(small.files)],
    ['most crawls, batches of a burst', `${small.mostCrawlsABurst}, ${small.mostBatchesABurst}`, '–'],
    ['heap at N, at 10 N', `${small.peakHeapMegabytes} MB, ${large.peakHeapMegabytes} MB`, '–'],
    ...(['crawlers', 'jobs', 'stepFunctions', 'ledger', 'messages', 'functions', 'total'] as const).map(
      (part): [string, string, string] => [`$ ${part}`, ours[part].toFixed(2), naive[part].toFixed(2)],
    ),
  ]
  for (const [name, left, right] of rows) say(`${name.padEnd(34)}${left.padStart(18)}${right.padStart(30)}`)
}

function reportSweep({ filesADay, objectsAtTheEnd, sweeps, pagesListed, queries, readUnits, dollars }: SweepMonth): void {
  say(`a month of the sweep, ${filesADay} files a day in one dataset, ${objectsAtTheEnd} at its end:`)
  say(
    `  ${sweeps} sweeps, ${pagesListed} pages listed, ${queries} queries of ${Math.round(readUnits)} read units: $ ${dollars.total.toFixed(2)}`,
  )
  say(`  (listing ${dollars.listing.toFixed(3)}, ledger ${dollars.ledger.toFixed(3)}, function ${dollars.function.toFixed(3)})`)
}
