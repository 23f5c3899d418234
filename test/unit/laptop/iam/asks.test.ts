import { describe, expect, it } from 'vitest'
import { asksOf } from '../../../../laptop/iam/asks.ts'
import type { Call } from '../../../../laptop/iam/call.ts'

const LAKE = 'arn:aws:s3:::lake'

describe('asksOf', () => {
  const call = (service: string, rest: Partial<Call>): Call => ({
    service,
    operation: undefined,
    method: 'GET',
    path: '/',
    headers: {},
    body: '',
    ...rest,
  })
  const named = (given: Call) =>
    asksOf(given)?.map(({ action, resource, context }) => [action, resource, ...Object.values(context ?? {})].join(' '))
  const table = 'arn:aws:dynamodb:us-east-1:123456789012:table/ledger'
  const glue = 'arn:aws:glue:us-east-1:123456789012'

  it.each([
    ['an object', call('s3', { path: '/lake/a%20b%2B.csv' }), [`s3:GetObject ${LAKE}/a b+.csv`]],
    ['a listing', call('s3', { path: '/lake?list-type=2&prefix=raw%2Fx%2F' }), [`s3:ListBucket ${LAKE} raw/x/`]],
    [
      'a copy',
      call('s3', { method: 'PUT', path: '/lake/b', headers: { 'x-amz-copy-source': 'lake/a%20b' } }),
      [`s3:GetObject ${LAKE}/a b`, `s3:PutObject ${LAKE}/b`],
    ],
    [
      'removals',
      call('s3', { method: 'POST', path: '/lake?delete', body: '<Delete><Object><Key>a&amp;b</Key></Object></Delete>' }),
      [`s3:DeleteObject ${LAKE}/a&b`],
    ],
    [
      'the event source mappings of a function',
      call('lambda', { path: '/2015-03-31/event-source-mappings?FunctionName=f' }),
      ['lambda:ListEventSourceMappings *'],
    ],
    [
      'an index',
      call('dynamodb', { operation: 'Query', body: '{"TableName":"ledger","IndexName":"waiting"}' }),
      [`dynamodb:Query ${table}/index/waiting`],
    ],
    [
      'a transaction',
      call('dynamodb', {
        operation: 'TransactWriteItems',
        body: '{"TransactItems":[{"Update":{"TableName":"ledger"}},{"Update":{"TableName":"ledger"}}]}',
      }),
      [`dynamodb:UpdateItem ${table}`],
    ],
    [
      'a transaction, for each of its leading keys',
      call('dynamodb', {
        operation: 'TransactWriteItems',
        body: JSON.stringify({
          TransactItems: [
            { Put: { TableName: 'ledger', Item: { pk: { S: 'DATASET#a' }, sk: { S: '1' } } } },
            { Delete: { TableName: 'ledger', Key: { pk: { S: 'BATCH#a' }, sk: { S: '1' } } } },
            { Delete: { TableName: 'ledger', Key: { pk: { S: 'BATCH#a' }, sk: { S: '2' } } } },
          ],
        }),
      }),
      [`dynamodb:PutItem ${table} DATASET#a`, `dynamodb:DeleteItem ${table} BATCH#a`],
    ],
    [
      'a table',
      call('glue', { operation: 'GetTable', body: '{"DatabaseName":"d","Name":"t"}' }),
      [`glue:GetTable ${glue}:catalog`, `glue:GetTable ${glue}:database/d`, `glue:GetTable ${glue}:table/d/t`],
    ],
    ['a crawler', call('glue', { operation: 'StartCrawler', body: '{"Name":"c"}' }), [`glue:StartCrawler ${glue}:crawler/c`]],
    [
      'a quality run, which looks its table up and is handed a role',
      call('glue', {
        operation: 'StartDataQualityRulesetEvaluationRun',
        body: '{"RulesetNames":["r"],"Role":"arn:r","DataSource":{"GlueTable":{"DatabaseName":"d","TableName":"t"}}}',
      }),
      [
        `glue:StartDataQualityRulesetEvaluationRun ${glue}:dataQualityRuleset/r`,
        `glue:GetDataQualityRulesetEvaluationRun ${glue}:dataQualityRuleset/*`,
        ...['catalog', 'database/d'].map((path) => `glue:GetDatabase ${glue}:${path}`),
        ...['catalog', 'database/d', 'table/d/t'].map((path) => `glue:GetTable ${glue}:${path}`),
        'iam:PassRole arn:r glue.amazonaws.com',
      ],
    ],
    [
      'the result of a quality run, which has no name',
      call('glue', { operation: 'GetDataQualityResult', body: '{"ResultId":"x"}' }),
      [`glue:GetDataQualityResult ${glue}:dataQualityRuleset/*`],
    ],
    [
      'a message',
      call('sqs', { operation: 'SendMessageBatch', body: '{"QueueUrl":"http://x/123456789012/q"}' }),
      ['sqs:SendMessage arn:aws:sqs:us-east-1:123456789012:q'],
    ],
    ['an alert', call('sns', { body: 'Action=Publish&TopicArn=arn%3At' }), ['sns:Publish arn:t']],
    ['an execution', call('states', { operation: 'StartExecution', body: '{"stateMachineArn":"arn:m"}' }), ['states:StartExecution arn:m']],
    [
      'a function',
      call('lambda', { path: '/2015-03-31/functions/f/invocations' }),
      ['lambda:InvokeFunction arn:aws:lambda:us-east-1:123456789012:function:f'],
    ],
  ])('names what %s needs', (_, given, asks) => {
    expect(named(given)).toEqual(asks)
  })

  it('does not guess at what it does not know', () => {
    expect(asksOf(call('glue', { operation: 'CreateTrigger', body: '{}' }))).toBeUndefined()
    expect(asksOf(call('athena', {}))).toBeUndefined()
  })
})
