import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { landerFunctionName } from '../../../functions/domain/names.ts'
import { resolved } from '../../../infra/packaging/template/resolved.ts'
import type { Value } from '../../../infra/packaging/template/template.ts'
import { serviceUses } from '../../../infra/permissions/service-uses.ts'
import { judge, type Statement } from '../../../laptop/iam/policy.ts'
import { PLACE } from '../../../laptop/iam/service-role.ts'
import { root } from '../../../setup/places.mjs'
import { deployed, stackOf } from './lander-stack.ts'

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234'

describe('the lander of a stream', () => {
  const { resources, value } = deployed(`{ kinesis: { stream: clicks, kms_key: "${KEY}" } }`)

  it('is made for datasets with a stream alone', () => {
    expect(Object.keys(stackOf('{ format: json }').template.Resources).filter((id) => id.startsWith('Lander'))).toEqual([])
    expect(stackOf('{ format: json }').template.Parameters).not.toHaveProperty('LanderCodeKey')
  })

  it('has the code that was packed once for all of them', () => {
    expect(value('Lander').Code).toEqual({ S3Bucket: 'code-bucket', S3Key: 'sluice/dev/land-stream.zip' })
  })

  it('has the runtime and the architecture of the other functions', () => {
    const { provider } = parse(readFileSync(join(root, 'serverless.yml'), 'utf8'))
    expect(value('Lander')).toMatchObject({ Runtime: provider.runtime, Architectures: [provider.architecture] })
  })

  it('knows its dataset, its bucket and the name of its folders', () => {
    expect(value('Lander').Environment.Variables).toEqual({
      RAW_BUCKET_NAME: 'raw-bucket',
      METRICS_NAMESPACE: 'Sluice/dev',
      STREAM_KIND: 'kinesis',
      STREAM_DATASET: 'clicks',
      STREAM_PARTITION_KEY: 'arrival_date',
    })
  })

  it('is tried until the records are 20 hours old; then their position is queued', () => {
    expect(value('LanderMapping')).toMatchObject({
      EventSourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/clicks',
      StartingPosition: 'TRIM_HORIZON',
      MaximumBatchingWindowInSeconds: 300,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: 72_000,
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:123456789012:sluice-dev-streams-dlq' } },
    })
  })

  it('may write below its own folder, encrypted, and nowhere else', () => {
    const statements = value('LanderRole').Policies[0].PolicyDocument.Statement as Statement[]
    const may = (action: string, resource: string) => judge(statements, { action, resource }) !== undefined
    expect(may('s3:PutObject', 'arn:aws:s3:::raw-bucket/raw/clicks/arrival_date=2026-01-01/a.json.gz')).toBe(true)
    expect(may('s3:PutObject', 'arn:aws:s3:::raw-bucket/raw/clicks_2/a')).toBe(false)
    expect(may('s3:GetObject', 'arn:aws:s3:::raw-bucket/raw/clicks/a')).toBe(false)
    expect(may('kms:Decrypt', KEY)).toBe(true)
  })

  it('may do all that Lambda asks, and each permission is needed', () => {
    const uses = serviceUses(resources, (each) => String(resolved(each as Value, resources)), PLACE).filter(
      ({ use }) => use === 'stream-poll',
    )
    const statements = value('LanderRole').Policies[0].PolicyDocument.Statement as Statement[]
    const asks = uses.flatMap(({ asks }) => asks)
    expect(asks.filter((ask) => judge(statements, ask) === undefined)).toEqual([])
    const used = new Set(asks.map(({ action }) => action))
    const given = statements.filter(({ Sid = '' }) => ['ReadItsStream', 'QueueWhatFailed'].includes(Sid)).flatMap(({ Action }) => Action)
    expect(given.filter((action) => !used.has(action))).toEqual([])
  })

  it('has an alarm on the age of its records, with its line in docs/operations.md', () => {
    const { AlarmName, AlarmDescription, Dimensions, Threshold } = value('LanderAgeAlarm')
    // The topic lets alarms of such names publish.
    expect(AlarmName).toMatch(/^sluice-dev_/)
    expect([Dimensions, Threshold]).toEqual([[{ Name: 'FunctionName', Value: 'sluice-dev-land_clicks' }], 900_000])
    const line = /docs\/operations\.md: ([\w-]+)$/.exec(AlarmDescription)?.[1]
    expect(readFileSync(join(root, 'docs', 'operations.md'), 'utf8')).toContain(`\n| \`${line}\` |`)
  })

  it('has a sweep that may see whether it is read, and that changes after it', () => {
    const { main } = deployed('{ kinesis: { stream: clicks } }')
    const [policy] = (main.SweepRole?.Properties as any).Policies
    expect(policy.PolicyDocument.Statement).toEqual([
      { Sid: 'SeeWhetherStreamsAreRead', Effect: 'Allow', Action: 'lambda:ListEventSourceMappings', Resource: '*' },
    ])
    expect(main.SweepLambdaFunction?.DependsOn).toEqual([stackOf('{ kinesis: { stream: clicks } }').logicalId])
    const without = deployed('{ format: json }').main
    expect((without.SweepRole?.Properties as any).Policies[0].PolicyDocument.Statement).toEqual([])
    expect(without.SweepLambdaFunction?.DependsOn).toEqual([])
  })

  it('has a name that Lambda takes, and no two datasets share one', () => {
    const longest = `sluice-${'s'.repeat(23)}`
    const names = [`a${'b'.repeat(39)}c`, `a${'b'.repeat(39)}d`].map((dataset) => landerFunctionName(longest, dataset))
    for (const name of names) expect(name).toMatch(/^[\w-]{1,64}$/)
    expect(new Set(names).size).toBe(2)
  })
})
