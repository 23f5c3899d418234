import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { mockClient } from 'aws-sdk-client-mock'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { cloudwatchMetrics } from '../../functions/adapters/cloudwatch/metrics.ts'
import type { JobTime } from '../../functions/domain/batch/job-times.ts'
import type { Quality } from '../../functions/domain/batch/quality.ts'
import { logCounters } from '../../functions/runtime/counters.ts'
import { recordMetrics } from '../../functions/use-cases/batch/record-metrics.ts'
import { recordLandings } from '../../functions/use-cases/intake/record-landings.ts'
import { sweep } from '../../functions/use-cases/intake/sweep.ts'
import { resolved } from '../../infra/packaging/template/resolved.ts'
import type { Resources } from '../../infra/packaging/template/template.ts'
import { root } from '../../setup/places.mjs'
import { EXECUTION, ordersBatch, ordersManifest } from '../unit/batch/fixtures.ts'
import { memoryLake } from '../unit/batch/memory-lake.ts'
import { calmWorld, objectCreated } from '../unit/intake/calm-world.ts'
import { ofType, packagedService, propertiesOf } from './template.ts'

// An alarm on a metric that nothing puts is never heard of: what alarms and dashboard watch is held to what the code puts.

interface Watched {
  Namespace: string
  MetricName: string
  Dimensions: { Name: string; Value: string }[]
}
interface Alarm extends Watched {
  AlarmName: string
  AlarmDescription: string
  AlarmActions: unknown[]
  OKActions: unknown[]
  Threshold: number
  TreatMissingData: string
  Metrics?: { MetricStat?: { Metric: Watched } }[]
}

/** What AWS puts by itself, of what is watched here. */
const OF_AWS: Record<string, { dimension: string; metrics: string[] }> = {
  'AWS/SQS': { dimension: 'QueueName', metrics: ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'] },
  'AWS/Lambda': { dimension: 'FunctionName', metrics: ['Errors'] },
  'AWS/Events': { dimension: 'RuleName', metrics: ['TriggeredRules'] },
  'AWS/States': { dimension: 'StateMachineArn', metrics: ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'] },
}

let resources: Resources
let alarms: Alarm[]
let put: Set<string>
beforeAll(async () => {
  resources = (await packagedService()).resources
  alarms = ofType(resources, 'AWS::CloudWatch::Alarm').map(([, alarm]) => resolved(propertiesOf(alarm), resources) as unknown as Alarm)
  put = new Set([...(await putByBatch()), ...(await putBySweep()), ...(await putByRecordLandings())])
}, 120_000)

const namespace = () => String(propertiesOf(resources.RecordMetricsLambdaFunction).Environment.Variables.METRICS_NAMESPACE)
/** Datasets come and go; every other dimension has its value. */
const shown = (space: string, name: string, dimensions: { Name: string; Value: string }[]) =>
  [space, name, ...dimensions.map(({ Name, Value }) => (Name === 'Dataset' ? Name : `${Name}=${Value}`)).sort()].join(' ')

function cloudwatch() {
  const client = new CloudWatchClient({ region: 'us-east-1' })
  const mock = mockClient(client)
  mock.on(PutMetricDataCommand).resolves({})
  return {
    metrics: cloudwatchMetrics(namespace(), client),
    names: () =>
      mock.commandCalls(PutMetricDataCommand).flatMap(({ args: [{ input }] }) =>
        (input.MetricData ?? []).map(({ MetricName = '', Dimensions = [] }) =>
          shown(
            String(input.Namespace),
            MetricName,
            Dimensions.map(({ Name = '', Value = '' }) => ({ Name, Value })),
          ),
        ),
      ),
  }
}

const usualTimes = (source: JobTime['source']) => [1, 2, 3, 4, 5].map((n) => ({ batchId: `earlier-${n}`, source, seconds: 600 }))

async function putByBatch(): Promise<string[]> {
  const { metrics, names } = cloudwatch()
  const quality: Partial<Quality> = { dataset: 'orders', batchId: 'orders-b1', passed: true, skipped: null, score: 1, problem: null }
  const files = { 'manifest.json': ordersManifest(), 'quality.json': { ...quality, rules: [], runId: null, resultIds: [], judgedAt: '' } }
  const lake = memoryLake(new Map(Object.entries(files).map(([name, file]) => [`runs/orders/orders-b1/${name}`, JSON.stringify(file)])))
  const jobTimes = { read: async () => usualTimes('raw'), write: async () => {} }
  const clock = { now: () => new Date('2025-01-02T00:10:00Z') }
  for (const failed of [false, true]) await recordMetrics({ batch: ordersBatch(), failed }, { lake: lake.lake, jobTimes, metrics, clock })
  return names()
}

/** Names of the metrics that are written into the log meanwhile. */
async function loggedBy(act: () => Promise<void>): Promise<string[]> {
  const lines: string[] = []
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0)
  await act().finally(() => stdout.mockRestore())
  return lines.filter((line) => line.includes('"CloudWatchMetrics"')).flatMap(ofLogLine)
}

const putByRecordLandings = () =>
  loggedBy(async () => {
    const intake = { ...calmWorld().intake, counters: logCounters(namespace()) }
    expect([...(await recordLandings([{ id: 'm', body: objectCreated('raw/nobody/a.csv') }], intake))]).toEqual([])
  })

async function putBySweep(): Promise<string[]> {
  const { metrics, names } = cloudwatch()
  const { intake, simulation } = calmWorld()
  const startedAt = new Date(simulation.now - 8 * 3_600_000)
  const row = { dataset: 'orders', batchId: 'orders-b9', executionArn: EXECUTION.id, executions: 1, redrives: 0, input: '{}', revision: 0 }
  await intake.batches.save({ ...row, status: 'running', source: 'landings', startedAt: startedAt.toISOString() })
  await intake.jobTimes.write('orders', usualTimes('landings'))
  const world = {
    ...intake,
    metrics,
    counters: logCounters(namespace()),
    jobRuns: { live: async () => [{ id: 'jr', stopping: false, runningSince: startedAt }], stop: async () => {} },
    executions: {
      ...intake.executions,
      describe: async (arn) => ({
        ...{ arn, name: '', status: 'RUNNING', input: '{}', startedAt: startedAt.toISOString(), redrives: 0, redrivable: false },
      }),
    },
  } as typeof intake
  const logged = await loggedBy(async () => {
    expect([...(await sweep(world, new Date(simulation.now + 600_000)))]).toEqual([])
  })
  return [...names(), ...logged]
}

/** A line in the embedded metric format. */
function ofLogLine(line: string): string[] {
  const { _aws, ...values } = JSON.parse(line)
  return _aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }: { [key: string]: any }) =>
    Metrics.map(({ Name }: { Name: string }) =>
      shown(
        Namespace,
        Name,
        Dimensions[0].map((dimension: string) => ({ Name: dimension, Value: values[dimension] })),
      ),
    ),
  )
}

const watchedBy = (alarm: Alarm): Watched[] =>
  alarm.Metrics ? alarm.Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])) : [alarm]

/** Names and ARNs of what the template makes. */
const made = () =>
  new Set(
    ['AWS::SQS::Queue', 'AWS::Lambda::Function', 'AWS::Events::Rule', 'AWS::StepFunctions::StateMachine']
      .flatMap((type) => ofType(resources, type))
      .map(([id, { Type }]) => {
        const name = { 'AWS::SQS::Queue': { 'Fn::GetAtt': [id, 'QueueName'] } }[Type] ?? { Ref: id }
        return String(resolved(name, resources))
      }),
  )

/** Why the metric is never seen; nothing when it is. */
function unheard({ Namespace, MetricName, Dimensions }: Watched): string[] {
  const wrong = [`${Namespace} ${MetricName} ${JSON.stringify(Dimensions)}`]
  const ofAws = OF_AWS[Namespace]
  if (ofAws === undefined) return put.has(shown(Namespace, MetricName, Dimensions)) ? [] : wrong
  const [dimension] = Dimensions
  const known = ofAws.metrics.includes(MetricName) && dimension?.Name === ofAws.dimension && made().has(String(dimension.Value))
  return known ? [] : wrong
}

describe('alarms', () => {
  it('watch metrics that the code or AWS puts, with these very dimensions', () => {
    expect(alarms.flatMap(watchedBy).flatMap(unheard)).toEqual([])
  })

  it('notify the alert topic when they begin and end, and define what missing data means', () => {
    const topic = resolved({ Ref: 'AlertTopic' }, resources)
    for (const { AlarmName, AlarmActions, OKActions, TreatMissingData } of alarms) {
      expect(AlarmActions, AlarmName).toEqual([topic])
      // That nothing was cut off or misplaced in the next five minutes is no news.
      expect(OKActions, AlarmName).toEqual(/_(cut-off-batches|misplaced-files)$/.test(AlarmName) ? undefined : [topic])
      expect(['notBreaching', 'ignore'], AlarmName).toContain(TreatMissingData)
    }
  })

  it('each have their line in docs/operations.md', () => {
    const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8')
    const named = alarms.map(({ AlarmDescription }) => /docs\/operations\.md: ([\w-]+)$/.exec(AlarmDescription)?.[1])
    expect(named.filter((name) => !page.includes(`\n| \`${name}\` |`))).toEqual([])
  })

  it('watch every dataset: its rate against warn_rate, its job against twice its median', () => {
    const datasets = ofType(resources, 'AWS::Glue::Crawler').flatMap(
      ([, crawler]) => /^sluice-dev_(.*)-raw$/.exec(propertiesOf(crawler).Name)?.[1] ?? [],
    )
    for (const dataset of datasets) {
      const own = alarms.filter(({ Dimensions }) => Dimensions?.some(({ Value }) => Value === dataset))
      expect(own.map(({ AlarmName, MetricName }) => [AlarmName, MetricName]).sort()).toEqual([
        [`sluice-dev_${dataset}-job-elapsed`, 'JobElapsedRatio'],
        [`sluice-dev_${dataset}-quarantine-rate`, 'QuarantineRate'],
      ])
    }
    expect(datasets.length).toBeGreaterThan(0)
  })
})

describe('the dashboard', () => {
  it('shows metrics that the code or AWS puts: rate, rows, durations, failures, cost', () => {
    const body = JSON.parse(String(resolved(propertiesOf(resources.Dashboard).DashboardBody, resources)))
    const rows: any[][] = body.widgets.flatMap(({ properties }: { properties: { metrics: any[][] } }) => properties.metrics)
    const searches = rows.flatMap(([first]) => (first.expression === undefined ? [] : [String(first.expression)]))
    const searched = searches.map((text) => /^SEARCH\('\{"([^"]+)",(\w+)\} MetricName="(\w+)"', '\w+', \d+\)$/.exec(text))
    expect(searched.filter((found) => found === null)).toEqual([])
    const names = searched.map((found) => found?.[3] ?? '')
    expect(names).toEqual(
      expect.arrayContaining(['QuarantineRate', 'RowsRead', 'RowsWritten', 'DurationSeconds', 'BatchesFailed', 'EstimatedDollars']),
    )
    const ofDatasets = searched.map((found) => ({
      Namespace: found?.[1] ?? '',
      MetricName: found?.[3] ?? '',
      Dimensions: [{ Name: found?.[2] ?? '', Value: '' }],
    }))
    const direct = rows.flatMap(([Namespace, MetricName, Name, Value]) =>
      typeof Namespace === 'string' ? [{ Namespace, MetricName, Dimensions: [{ Name, Value }] }] : [],
    )
    expect([...ofDatasets, ...direct].flatMap(unheard)).toEqual([])
  })
})
