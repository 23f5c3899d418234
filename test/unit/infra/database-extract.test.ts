import { describe, expect, it } from 'vitest'
import type { JdbcConnection } from '../../../functions/domain/contract/connections/file.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { unfold } from '../../../infra/packaged.ts'
import { columnTypes } from '../../../infra/packaging/catalog-types.ts'
import { databaseExtract, glueConnections } from '../../../infra/packaging/dataset/database-extract.ts'
import { datasetStack } from '../../../infra/packaging/dataset/stack.ts'
import { functionFile } from '../../../infra/packaging/functions.ts'
import { resolved } from '../../../infra/packaging/template/resolved.ts'
import type { Resources, Value } from '../../../infra/packaging/template/template.ts'
import { serviceUses } from '../../../infra/permissions/service-uses.ts'
import { judge, type Statement } from '../../../laptop/iam/policy.ts'
import { PLACE } from '../../../laptop/iam/service-role.ts'
import { root } from '../../../setup/places.mjs'
import { FULL } from '../extract/extract-world.ts'

const CONNECTION: JdbcConnection = {
  kind: 'jdbc',
  name: 'orders_db',
  url: 'jdbc:postgresql://db.example.com:5432/shop?ssl=true',
  secret: 'orders-reader',
  network: { subnet_id: 'subnet-0a', security_group_ids: ['sg-0a'], availability_zone: 'us-east-1a' },
}
const JDBC = '{ connection: orders_db, table: public.orders, watermark: at, schedule: rate(1 hour) }'

function stackOf(source: string, connection?: JdbcConnection) {
  const text = `dataset: orders\nowner: a@example.com\nsource: ${source}\ncolumns: { id: string, at: timestamp }\nprimary_key: [id]\nlatest_by: [at]\n`
  const parsed = parseContract(text, 'orders.yml', 'orders')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const { contract } = parsed
  const settings = {
    ...{ stage: 'dev', lakeFormation: false, lander: functionFile(root, 'land-stream') },
    extractScript: {
      entry: 's3://code-bucket/sluice/dev/artifacts/glue/1/extract.py',
      modules: 's3://code-bucket/sluice/dev/artifacts/glue/1/sluice_etl.zip',
    },
  }
  return datasetStack({ contract, types: columnTypes(contract, {}), ...(connection && { connection }) }, settings)
}

/** The dataset's stack within a main one. */
function deployed(connection: JdbcConnection = CONNECTION, jdbc = JDBC): Resources {
  const { template, nested } = stackOf(`{ jdbc: ${jdbc} }`, connection)
  const named: Resources = {
    RawBucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'raw-bucket' } },
    LakeBucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'lake-bucket' } },
    ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'code-bucket' } },
    DataKey: { Type: 'AWS::KMS::Key', Properties: {} },
    AlertTopic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alerts' } },
    GlueDatabase: { Type: 'AWS::Glue::Database', Properties: {} },
    ...glueConnections([connection], 'dev'),
  }
  const { Parameters } = nested('stacks/orders-1.json')?.Properties as { Parameters: Record<string, Value> }
  const machine = 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-dev-extract'
  return { ...named, ...unfold('', template.Resources, { ...Parameters, ExtractStateMachineArn: machine }, []) }
}

describe('the extract of a database', () => {
  const resources = deployed()
  const value = (id: string) => resolved(resources[id]?.Properties, resources) as any
  const statementsOf = (id: string) => value(id).Policies[0].PolicyDocument.Statement as Statement[]

  it('is made for datasets with a database alone', () => {
    const { template } = stackOf('{ format: json }')
    expect(Object.keys(template.Resources).filter((id) => /Extract|Database/.test(id))).toEqual([])
    expect(template.Parameters).not.toHaveProperty('ExtractScriptUri')
  })

  it('is a job in the network of its connection, which knows the address and the name of the secret', () => {
    expect(value('ExtractJob')).toMatchObject({
      Name: 'sluice-dev_orders-extract',
      Connections: { Connections: ['sluice-dev_orders_db'] },
      Command: { ScriptLocation: 's3://code-bucket/sluice/dev/artifacts/glue/1/extract.py' },
      DefaultArguments: { '--connection_url': CONNECTION.url, '--connection_secret': 'orders-reader' },
    })
    const { network: _, ...open } = CONNECTION
    expect(resolved(deployed(open).ExtractJob?.Properties, resources)).not.toHaveProperty('Connections')
  })

  it('may read its secret and write its folder of raw, and nothing else there', () => {
    const may = (action: string, resource: string) => judge(statementsOf('ExtractJobRole'), { action, resource }) !== undefined
    const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:'
    expect(may('secretsmanager:GetSecretValue', `${secret}orders-reader-AbCdEf`)).toBe(true)
    expect(may('secretsmanager:GetSecretValue', `${secret}orders-reader-2-AbCdEf`)).toBe(false)
    expect(may('s3:PutObject', 'arn:aws:s3:::raw-bucket/raw/orders/extract_id=1/part-0.parquet')).toBe(true)
    expect(may('s3:PutObject', 'arn:aws:s3:::raw-bucket/raw/orders_2/a')).toBe(false)
    expect(may('s3:GetObject', 'arn:aws:s3:::raw-bucket/raw/orders/a')).toBe(false)
    expect(may('s3:GetObject', 'arn:aws:s3:::lake-bucket/curated/orders/a')).toBe(false)
  })

  it('may read its folder of raw only where it compares whole tables', () => {
    const parsed = parseContract(FULL, 'orders.yml', 'orders')
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
    const grants = (role: Resources[string] | undefined) => JSON.stringify(role).includes('CompareWithEarlier')
    expect(grants(databaseExtract(parsed.contract, 'dev', CONNECTION).ExtractJobRole)).toBe(true)
    expect(grants(resources.ExtractJobRole)).toBe(false)
  })

  it('is started by its schedule, with its dataset', () => {
    expect(value('ExtractSchedule')).toMatchObject({
      Name: 'sluice-dev-extract_orders',
      ScheduleExpression: 'rate(1 hour)',
      Target: {
        Arn: 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-dev-extract',
        Input: '{"dataset":"orders","requestedBy":"schedule"}',
      },
    })
  })

  it('is in the catalog: a connection without a credential, and a crawler of the one table', () => {
    const { ConnectionInput } = value('ConnectionordersXdb')
    expect(ConnectionInput).toMatchObject({
      Name: 'sluice-dev_orders_db',
      ConnectionProperties: { JDBC_CONNECTION_URL: CONNECTION.url, SECRET_ID: 'orders-reader' },
      PhysicalConnectionRequirements: { SubnetId: 'subnet-0a' },
    })
    expect(value('DatabaseCrawler').Targets).toEqual({
      JdbcTargets: [{ ConnectionName: 'sluice-dev_orders_db', Path: 'shop/public/orders' }],
    })
    const mysql = deployed({ ...CONNECTION, url: 'jdbc:mysql://db.example.com/shop' }, JDBC.replace('public.orders', 'orders'))
    expect((resolved(mysql.DatabaseCrawler?.Properties, mysql) as any).Targets.JdbcTargets).toEqual([
      // MySQL has no schemas, https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html
      { ConnectionName: 'sluice-dev_orders_db', Path: 'shop/orders' },
    ])
  })

  it('allows all that Glue and EventBridge Scheduler ask for it, and is refused when a permission is taken away', () => {
    const uses = serviceUses(resources, (each) => String(resolved(each, resources)), PLACE).filter(({ use }) =>
      ['extract-run', 'crawl-database', 'network-run', 'schedule-start'].includes(use),
    )
    expect(uses.map(({ use }) => use).sort()).toEqual(['crawl-database', 'extract-run', 'network-run', 'network-run', 'schedule-start'])
    for (const { use, role = '', asks } of uses) {
      const statements = statementsOf(role)
      for (const ask of asks) {
        expect(judge(statements, ask), `${use}: ${ask.action} on ${ask.resource}`).toBeDefined()
        const without = statements.map((each) => ({ ...each, Action: [each.Action].flat().filter((action) => action !== ask.action) }))
        expect(judge(without, ask), `${use}: ${ask.action} twice`).toBeUndefined()
      }
    }
  })
})
