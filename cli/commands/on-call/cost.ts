import { Command } from 'commander'
import { PRICES } from '../../../functions/domain/cost/prices.ts'
import { datasetsOf } from '../../batches/dataset-status.ts'
import { datasetCost } from '../../cost/dataset-cost.ts'
import { extractCost } from '../../cost/extract-cost.ts'
import type { Period } from '../../cost/period.ts'
import { type PrintedCost, printAssumptions, printCost, printCosts } from '../../cost/print-cost.ts'
import { readBatches, readExtracts } from '../../cost/read-batches.ts'
import { connect, type Deployment } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { positiveInteger } from '../../numbers.ts'
import { startProgress } from '../../run/progress.ts'
import { terminal } from '../../terminal.ts'
import { UsageError } from '../../usage-error.ts'

/** Step Functions keeps histories that long, and the ledger batches. */
const MOST_DAYS = 90
const DAY_MS = 86_400_000

interface Options extends DeploymentOptions {
  days: number
  json?: boolean
}

export function costCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('cost'))
    .description('estimate the cost of each dataset per batch, GB, million rows and month, from the batches and extracts that ran')
    .argument('[dataset]', 'only this dataset, by step')
    .option('--days <number>', `batches that started in the last days, at most ${MOST_DAYS}`, positiveInteger, 30)
    .option('--json', 'print one object: {"days", "since", "prices", "datasets": [...]}')
    .addHelpText('after', '\ndocs/report.md explains the calculation. The answer lists the prices that it assumes.')
    .addHelpText('after', 'The command reads the history of each batch, about twenty a second on AWS.')
    .addHelpText('after', helpExamples('cost --local', 'cost orders --days 7 --stage prod --json'))
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage.')
    .action(async (wanted: string | undefined, options: Options) => {
      const { days, json, local } = options
      if (days > MOST_DAYS)
        throw new UsageError(`--days ${days}: Step Functions keeps executions for ${MOST_DAYS} days; give at most ${MOST_DAYS}`)
      const deployment = await connect(options)
      const now = deployment.clock.now()
      const period = { days, since: new Date(now.getTime() - days * DAY_MS).toISOString(), now }
      const costs = await readCosts(await datasetsOf(deployment, wanted), period, deployment)
      if (json) return terminal.printJson({ days, since: period.since, prices: PRICES, datasets: costs })
      const [only] = costs
      if (wanted !== undefined && only) printCost(only, days)
      else printCosts(costs, days)
      printAssumptions(local ?? false)
    })
}

async function readCosts(datasets: string[], period: Period, deployment: Deployment): Promise<PrintedCost[]> {
  const progress = startProgress()
  const costs: PrintedCost[] = []
  try {
    for (const dataset of datasets) {
      const { batches, firstStart } = await readBatches(dataset, period.since, deployment, (records) => {
        if (terminal.isLive) progress.step(`${dataset}: reading ${records} histories`)
      })
      const drawn = await readExtracts(dataset, period.since, deployment)
      const extracts = drawn.extracts.length === 0 ? null : extractCost(drawn.extracts, drawn.firstStart, period)
      costs.push({ ...datasetCost(dataset, batches, firstStart, period), extracts })
    }
    return costs
  } finally {
    progress.done()
  }
}
