import type { Resources } from '../../../infra/packaging/template/template.ts'
import type { Check } from '../finding.ts'

/** Functions of the pipeline that can run at once in a burst; new accounts have as few as 10 (docs.aws.amazon.com, Lambda quotas). */
const ENOUGH_CONCURRENCY = 40
const LOG_POLICIES_ALLOWED = 10

const QUOTAS = 'https://console.aws.amazon.com/servicequotas/home'

export const lambdaConcurrency: Check = {
  name: 'Lambda concurrency',
  async run(account) {
    const limit = await account.concurrency()
    if (limit >= ENOUGH_CONCURRENCY) return [{ level: 'ok', message: `${limit} functions can run at once` }]
    return [
      {
        level: 'warning',
        message: `only ${limit} functions can run at once in this region, shared by everything in the account`,
        fix: `ask for at least 100 under "Concurrent executions" of AWS Lambda in ${QUOTAS}`,
      },
    ]
  },
}

/** Glue's quota, and how much of it this deployment uses at most. */
const GLUE: { quota: RegExp; uses: (datasets: number, runs: number) => number; what: string }[] = [
  { quota: /concurrent job runs per account/i, uses: (_, runs) => runs, what: 'one job run for each, as many as max-job-runs allows' },
  // A job run has two workers or more. A data quality run takes five DPUs (docs/operations.md), and none waits for its turn.
  { quota: /(max task dpus|maximum dpus) per account/i, uses: (datasets, runs) => 2 * runs + 5 * datasets, what: 'their DPUs at once' },
  { quota: /number of crawlers per account/i, uses: (datasets) => 2 * datasets, what: 'two crawlers for each dataset' },
  { quota: /concurrent crawlers per account/i, uses: (datasets) => 2 * datasets, what: 'two crawls for each dataset' },
]

export const glueQuotas: Check = {
  name: 'Glue quotas',
  async run(account) {
    const [quotas, { resources }] = await Promise.all([account.glueQuotas(), account.deployed()])
    const datasets = Object.values(resources).filter(({ Type }) => Type === 'AWS::Glue::DataQualityRuleset').length
    const runs = Math.min(datasets, jobRunsAllowed(resources))
    const findings = GLUE.flatMap(({ quota, uses, what }) => {
      const [name, value] = [...quotas].find(([each]) => quota.test(each)) ?? []
      const wanted = uses(datasets, runs)
      if (name === undefined || value === undefined || value >= wanted) return []
      return [
        {
          level: 'warning' as const,
          message: `"${name}" is ${value}; ${datasets} datasets can use ${wanted} (${what})`,
          fix: `ask for more under "${name}" of AWS Glue in ${QUOTAS}`,
        },
      ]
    })
    return findings.length > 0 ? findings : [{ level: 'ok', message: `enough for ${datasets} datasets at once` }]
  },
}

function jobRunsAllowed({ TakeJobSlotLambdaFunction: taker }: Resources): number {
  const { Environment } = (taker?.Properties ?? {}) as { Environment?: { Variables?: { MAX_JOB_RUNS?: string } } }
  // An earlier version has no such function, and no limit.
  return Number(Environment?.Variables?.MAX_JOB_RUNS ?? Number.POSITIVE_INFINITY)
}

export const logPolicies: Check = {
  name: 'CloudWatch Logs policies',
  async run(account) {
    const count = await account.logPolicies()
    if (count < LOG_POLICIES_ALLOWED) return [{ level: 'ok', message: `${count} of ${LOG_POLICIES_ALLOWED} resource policies are used` }]
    return [
      {
        level: 'warning',
        message: `all ${LOG_POLICIES_ALLOWED} resource policies of this region are used, so another stage cannot be deployed`,
        fix: 'delete one that is not used: aws logs describe-resource-policies, then aws logs delete-resource-policy --policy-name NAME',
      },
    ]
  },
}
