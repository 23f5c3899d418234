import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { AwsRequest } from '../../../local/aws/aws-request.ts'
import { asksOf, type Call } from '../../../local/iam/asks.ts'
import { createGuard } from '../../../local/iam/guard.ts'
import { judge, like, type Statement } from '../../../local/iam/policy.ts'

const LAKE = 'arn:aws:s3:::lake'
const allow = (Action: string | string[], Resource: string | string[], Condition?: Statement['Condition']): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
})

describe('judge', () => {
  const list = { action: 's3:ListBucket', resource: LAKE }

  it.each([
    ['the very resource', allow('s3:GetObject', `${LAKE}/a`), { action: 's3:GetObject', resource: `${LAKE}/a` }, true],
    ['a wildcard', allow('s3:GetObject', `${LAKE}/runs/*`), { action: 's3:GetObject', resource: `${LAKE}/runs/x/y` }, true],
    ['another folder', allow('s3:GetObject', `${LAKE}/runs/*`), { action: 's3:GetObject', resource: `${LAKE}/raw/x` }, false],
    ['another action', allow('s3:GetObject', `${LAKE}/*`), { action: 's3:PutObject', resource: `${LAKE}/x` }, false],
    [
      'a condition that is met',
      allow('s3:ListBucket', LAKE, { StringLike: { 's3:prefix': 'runs/*' } }),
      { ...list, context: { 's3:prefix': 'runs/a' } },
      true,
    ],
    [
      'one that is not',
      allow('s3:ListBucket', LAKE, { StringLike: { 's3:prefix': 'runs/*' } }),
      { ...list, context: { 's3:prefix': '' } },
      false,
    ],
    ['one whose key the call lacks', allow('s3:ListBucket', LAKE, { StringEquals: { 's3:prefix': 'runs/' } }), list, false],
  ])('decides by %s', (_, statement, ask, allowed) => {
    expect(judge([statement], ask) !== undefined).toBe(allowed)
  })

  it('lets a denial win', () => {
    const ask = { action: 's3:GetObject', resource: `${LAKE}/a` }
    expect(judge([allow('s3:*', '*'), { Effect: 'Deny', Action: 's3:GetObject', Resource: '*' }], ask)).toBeUndefined()
  })

  it('refuses a condition operator that it does not know', () => {
    expect(() => judge([allow('a:B', '*', { IpAddress: { x: 'y' } })], { action: 'a:B', resource: '*' })).toThrow('IpAddress')
  })

  it('takes ? for one character and nothing else for a pattern', () => {
    expect(like('a?c.d', 'abc.d')).toBe(true)
    expect(like('a?c.d', 'abcxd')).toBe(false)
  })
})

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
      'a table',
      call('glue', { operation: 'GetTable', body: '{"DatabaseName":"d","Name":"t"}' }),
      [`glue:GetTable ${glue}:catalog`, `glue:GetTable ${glue}:database/d`, `glue:GetTable ${glue}:table/d/t`],
    ],
    ['a crawler', call('glue', { operation: 'StartCrawler', body: '{"Name":"c"}' }), [`glue:StartCrawler ${glue}:crawler/c`]],
    [
      'a role passed on',
      call('glue', { operation: 'StartDataQualityRulesetEvaluationRun', body: '{"RulesetNames":["r"],"Role":"arn:r"}' }),
      [`glue:StartDataQualityRulesetEvaluationRun ${glue}:dataQualityRuleset/r`, 'iam:PassRole arn:r glue.amazonaws.com'],
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

describe('the guard', () => {
  const role = {
    name: 'Sweep',
    arn: 'arn:aws:iam::123456789012:role/Sweep',
    trust: {},
    managedPolicies: [],
    policies: [
      {
        name: 'p',
        document: {
          Statement: [allow(['s3:GetObject', 'kms:Decrypt'], [`${LAKE}/*`, 'arn:key']), allow('s3:DeleteObject', `${LAKE}/*`)],
        } as never,
      },
    ],
  }
  const guarded = (keys = new Map<string, string>()) => createGuard([role], ({ name }) => name, { keyOf: keys })
  const request = (accessKeyId: string, method: string, path: string): AwsRequest => ({
    service: 's3',
    accessKeyId,
    operation: undefined,
    method,
    path,
    message: Object.assign(Readable.from([]), { headers: {} }) as never,
  })

  it('refuses by name of role, action and resource', async () => {
    const guard = guarded()
    await expect(guard.check(request('Sweep', 'PUT', '/lake/x'))).rejects.toThrow(
      /Sweep is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::lake\/x/,
    )
    expect(guard.denials).toEqual([{ role: 'Sweep', action: 's3:PutObject', resource: `${LAKE}/x` }])
  })

  it('lets the owner of the account do anything', async () => {
    await expect(guarded().check(request('sluice-laptop', 'PUT', '/lake/x'))).resolves.toBeUndefined()
  })

  it('asks for the key of what is encrypted', async () => {
    const other = guarded(new Map([[LAKE, 'arn:other-key']]))
    await expect(other.check(request('Sweep', 'GET', '/lake/x'))).rejects.toThrow('kms:Decrypt on resource: arn:other-key')
    await expect(guarded(new Map([[LAKE, 'arn:key']])).check(request('Sweep', 'GET', '/lake/x'))).resolves.toBeUndefined()
  })

  it('tells what was allowed and never used', async () => {
    const guard = guarded()
    await guard.check(request('Sweep', 'GET', '/lake/x'))
    expect(guard.unused()).toEqual({ Sweep: ['kms:Decrypt', 's3:DeleteObject'] })
  })
})
