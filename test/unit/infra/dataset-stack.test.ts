import { describe, expect, it } from 'vitest'
import { parseIngestInput } from '../../../functions/domain/batch/batch.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { columnTypes } from '../../../infra/packaging/catalog-types.ts'
import { datasetStack } from '../../../infra/packaging/dataset/stack.ts'
import { functionFile } from '../../../infra/packaging/functions.ts'
import { root } from '../../../setup/places.mjs'
import { REVENUE } from '../gold/contracts.ts'

const lander = functionFile(root, 'land-stream')

interface TableInput {
  Name: string
  Parameters: Record<string, string>
  PartitionKeys: { Name: string; Type: string }[]
  StorageDescriptor: {
    Columns: { Name: string; Type: string }[]
    SerdeInfo: { SerializationLibrary: string; Parameters?: Record<string, string> }
  }
}

function stackOf(source: string, more = '', curated = 'partition_by: [order_date]') {
  const text = `dataset: orders
owner: me@example.com
source: ${source}
columns: { order_id: string, amount: "decimal(12,2)", ordered_at: timestamp }
derive: { order_date: to_date(ordered_at) }
primary_key: [order_id]
curated: { ${curated} }
${more}`
  const parsed = parseContract(text, 'orders.yml', 'orders')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const types = columnTypes(parsed.contract, { order_date: 'date' })
  return datasetStack({ contract: parsed.contract, types }, { stage: 'dev', lakeFormation: false, lander }).template.Resources
}
const tableOf = (resources: ReturnType<typeof stackOf>, id: string) =>
  (resources[id]?.Properties as unknown as { TableInput: TableInput }).TableInput
const columnsOf = ({ StorageDescriptor }: TableInput) => StorageDescriptor.Columns.map(({ Name, Type }) => `${Name} ${Type}`)
const keysOf = ({ PartitionKeys }: TableInput) => PartitionKeys.map(({ Name, Type }) => `${Name} ${Type}`)

describe('the stack of a dataset', () => {
  const resources = stackOf('{ format: csv, partition_keys: [day] }', 'quality: Rules = [ RowCount > 0 ]')

  it('has raw as texts, by the folders of its files', () => {
    const raw = tableOf(resources, 'RawTable')
    expect(columnsOf(raw)).toEqual(['order_id string', 'amount string', 'ordered_at string'])
    expect(keysOf(raw)).toEqual(['day string'])
  })

  it('has staged and curated as the contract types them, partition columns apart', () => {
    expect(columnsOf(tableOf(resources, 'CuratedTable'))).toEqual(['order_id string', 'amount decimal(12,2)', 'ordered_at timestamp'])
    expect(keysOf(tableOf(resources, 'CuratedTable'))).toEqual(['order_date date'])
    expect(keysOf(tableOf(resources, 'StagedTable'))).toEqual(['batch_id string', 'order_date date'])
  })

  it('has quarantine as texts with their reasons', () => {
    expect(columnsOf(tableOf(resources, 'QuarantineTable'))).toEqual(
      expect.arrayContaining(['amount string', '_errors array<string>', '_raw_record string']),
    )
  })

  it('lets crawlers add partitions and nothing else', () => {
    for (const id of ['RawCrawler', 'CuratedCrawler']) {
      const crawler = resources[id]?.Properties as { SchemaChangePolicy: unknown; Targets: Record<string, unknown>; Configuration: string }
      expect(crawler.SchemaChangePolicy).toEqual({ UpdateBehavior: 'LOG', DeleteBehavior: 'LOG' })
      expect(Object.keys(crawler.Targets)).toEqual(['CatalogTargets'])
      expect(JSON.parse(crawler.Configuration).CrawlerOutput).toEqual({ Partitions: { AddOrUpdateBehavior: 'InheritFromTable' } })
    }
  })

  it('has an alarm on its rate, in percent, unless every rate is fine', () => {
    const limitOf = (more: string) => stackOf('{ format: json }', more).QuarantineRateAlarm?.Properties
    expect(limitOf('')).toMatchObject({ AlarmName: 'sluice-dev_orders-quarantine-rate', Threshold: 1, TreatMissingData: 'ignore' })
    expect(limitOf('quarantine: { warn_rate: 0.07 }')).toMatchObject({ Threshold: 7 })
    expect(limitOf('quarantine: { warn_rate: 1 }')).toBeUndefined()
    expect(resources.JobElapsedAlarm?.Properties).toMatchObject({ Threshold: 2, AlarmActions: [{ Ref: 'AlertTopicArn' }] })
  })

  it('has a ruleset only where the contract has rules', () => {
    expect(resources.Ruleset?.Properties).toMatchObject({ Name: 'sluice-dev_orders', Ruleset: 'Rules = [ RowCount > 0 ]' })
    expect(stackOf('{ format: json }')).not.toHaveProperty('Ruleset')
  })

  it.each([
    ['{ format: csv, options: { header: true } }', 'OpenCSVSerde', { 'skip.header.line.count': '1', classification: 'csv' }],
    ['{ format: csv, options: { header: false, delimiter: "||" } }', 'RegexSerDe', { classification: 'csv', delimiter: '||' }],
    ['{ format: json }', 'JsonSerDe', { classification: 'json' }],
    ['{ format: parquet }', 'ParquetHiveSerDe', { classification: 'parquet' }],
  ])('reads %s by %s', (source, serde, parameters) => {
    const raw = tableOf(stackOf(source), 'RawTable')
    expect(raw.StorageDescriptor.SerdeInfo.SerializationLibrary).toMatch(new RegExp(`\\.${serde}$`))
    expect(raw.Parameters).toMatchObject(parameters)
  })

  it('reads a delimiter of several characters by an expression with one group a column', () => {
    const { StorageDescriptor } = tableOf(stackOf('{ format: csv, options: { header: false, delimiter: "|*|" } }'), 'RawTable')
    const values = StorageDescriptor.Columns.map((_: object, index: number) => (index === 0 ? '' : `v|${index}*`))
    const found = new RegExp(StorageDescriptor.SerdeInfo.Parameters?.['input.regex'] ?? '').exec(values.join('|*|'))
    expect(found?.slice(1)).toEqual(values)
    expect(values.length).toBeGreaterThan(1)
  })
})

describe('the stack of a gold dataset', () => {
  it('has a rule where it starts by a schedule, and the queue of crawls that the rule sends to', () => {
    const parsed = parseContract(
      REVENUE.replace('  sql: |', '  start: cron(0 6 * * ? *)\n  sql: |'),
      'monthly_revenue.yml',
      'monthly_revenue',
    )
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
    const stack = datasetStack(
      { contract: parsed.contract, types: columnTypes(parsed.contract, {}) },
      { stage: 'dev', lakeFormation: false, lander },
    )
    expect(stack.template.Parameters).toHaveProperty('CrawlQueueArn')
    expect(stack.template.Resources.Schedule?.Properties).toMatchObject({
      Name: 'sluice-dev_schedule-monthly_revenue',
      ScheduleExpression: 'cron(0 6 * * ? *)',
      Targets: [
        {
          Arn: { Ref: 'CrawlQueueArn' },
          InputTransformer: { InputPathsMap: { dueAt: '$.time' }, InputTemplate: '{"dataset":"monthly_revenue","dueAt":<dueAt>}' },
        },
      ],
    })
  })

  it('has its two tables, its rules and its alarm, and nothing that reads files', () => {
    const parsed = parseContract(REVENUE, 'monthly_revenue.yml', 'monthly_revenue')
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
    const { contract } = parsed
    const stack = datasetStack({ contract, types: columnTypes(contract, {}) }, { stage: 'dev', lakeFormation: true, lander })
    expect(Object.keys(stack.template.Resources)).toEqual(['StagedTable', 'CuratedTable', 'Ruleset', 'JobElapsedAlarm'])
    expect(columnsOf(tableOf(stack.template.Resources, 'CuratedTable'))).toEqual([
      'segment string',
      'orders bigint',
      'revenue decimal(22,2)',
    ])
    expect(keysOf(tableOf(stack.template.Resources, 'StagedTable'))).toEqual(['batch_id string', 'order_month date'])
  })
})

describe('compactions by schedule', () => {
  const csv = '{ format: csv, partition_keys: [day] }'

  it('start the machine of batches as that source, in a role that may do this alone', () => {
    const { CompactionSchedule, CompactionScheduleRole } = stackOf(csv, '', 'partition_by: [order_date], compact: "cron(0 3 ? * SUN *)"')
    expect(CompactionSchedule?.Properties).toMatchObject({
      Name: 'sluice-dev-compact_orders',
      ScheduleExpression: 'cron(0 3 ? * SUN *)',
      Target: { Arn: { Ref: 'IngestStateMachineArn' }, Input: expect.stringContaining('"dataset":"orders","source":"curated"') },
    })
    expect(JSON.stringify(CompactionScheduleRole)).toContain('"states:StartExecution","Resource":{"Ref":"IngestStateMachineArn"}')
    const { Input } = (CompactionSchedule?.Properties as unknown as { Target: { Input: string } }).Target
    expect(parseIngestInput(JSON.parse(Input))).toMatchObject({ dataset: 'orders', source: 'curated' })
  })

  it('are there only where the contract asks, by a schedule that EventBridge takes', () => {
    expect(Object.keys(stackOf(csv))).not.toContain('CompactionSchedule')
    expect(() => stackOf(csv, '', 'compact: rate(1 hours)')).toThrow(/curated.*compact.*has one, so it is rate\(1 hour\)/)
  })
})
