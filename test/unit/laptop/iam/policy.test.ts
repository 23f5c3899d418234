import { describe, expect, it } from 'vitest'
import { like, type Statement, judge as statementFor } from '../../../../laptop/iam/policy.ts'

const allow = (Action: string | string[], Resource: string | string[], rest: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...rest,
})
const may = (statements: Statement[], action: string, resource: string, context?: Record<string, string>) =>
  statementFor(statements, { action, resource, ...(context && { context }) }) !== undefined

describe('a policy', () => {
  it('allows what one of its statements names, and nothing else', () => {
    const statements = [allow('s3:GetObject', 'arn:aws:s3:::lake/runs/*'), allow(['sqs:SendMessage', 'sqs:DeleteMessage'], ['a', 'b'])]
    expect(may(statements, 's3:GetObject', 'arn:aws:s3:::lake/runs/x/y.json')).toBe(true)
    expect(may(statements, 's3:GetObject', 'arn:aws:s3:::lake/staged/x')).toBe(false)
    expect(may(statements, 's3:PutObject', 'arn:aws:s3:::lake/runs/x')).toBe(false)
    expect(may(statements, 'sqs:DeleteMessage', 'b')).toBe(true)
    expect(may([], 'sqs:DeleteMessage', 'b')).toBe(false)
  })

  it('denies whatever else allows it', () => {
    const statements = [allow('s3:*', '*'), { ...allow('s3:DeleteObject', 'arn:aws:s3:::raw/*'), Effect: 'Deny' as const }]
    expect(may(statements, 's3:DeleteObject', 'arn:aws:s3:::raw/a')).toBe(false)
    expect(may(statements, 's3:DeleteObject', 'arn:aws:s3:::lake/a')).toBe(true)
  })

  it('holds writes to rows of the leading keys that it names', () => {
    const keys = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['DATASET#*', 'BATCH#*'] } }
    const statements = [allow('dynamodb:PutItem', 'table', { Condition: keys })]
    const mayPut = (key: string) => may(statements, 'dynamodb:PutItem', 'table', { 'dynamodb:LeadingKeys': key })
    expect(['DATASET#orders', 'BATCH#orders', 'LANDING#orders#00', 'STAGE'].map(mayPut)).toEqual([true, true, false, false])
  })

  it('takes actions in any case, resources as they are written', () => {
    expect(may([allow('S3:getobject', 'arn:aws:s3:::Lake/a')], 's3:GetObject', 'arn:aws:s3:::Lake/a')).toBe(true)
    expect(may([allow('s3:GetObject', 'arn:aws:s3:::Lake/a')], 's3:GetObject', 'arn:aws:s3:::lake/a')).toBe(false)
  })

  it('is not guessed where it says what the laptop does not know', () => {
    const strange = { ...allow('s3:GetObject', '*'), NotAction: 's3:*' } as never
    expect(() => may([strange], 's3:GetObject', 'x')).toThrow(/NotAction/)
    const condition = { Condition: { NumericLessThan: { 's3:max-keys': '10' } } }
    expect(() => may([allow('s3:ListBucket', '*', condition)], 's3:ListBucket', 'x')).toThrow(/NumericLessThan/)
  })
})

describe('a condition', () => {
  const listed = allow('s3:ListBucket', '*', { Condition: { StringLike: { 's3:prefix': ['runs/*', 'curated/*'] } } })

  it('holds for one of the values that it lists', () => {
    expect(may([listed], 's3:ListBucket', 'b', { 's3:prefix': 'curated/sales/' })).toBe(true)
    expect(may([listed], 's3:ListBucket', 'b', { 's3:prefix': 'staged/sales/' })).toBe(false)
  })

  it('does not hold for a key that the request does not carry', () => {
    expect(may([listed], 's3:ListBucket', 'b')).toBe(false)
  })

  it('needs every operator and every key to hold', () => {
    const both = allow('a:b', '*', { Condition: { StringEquals: { x: '1', y: '2' }, Bool: { 'aws:SecureTransport': 'true' } } })
    const context = { x: '1', y: '2', 'aws:SecureTransport': 'true' }
    expect(may([both], 'a:b', 'r', context)).toBe(true)
    expect(may([both], 'a:b', 'r', { ...context, y: '3' })).toBe(false)
    expect(may([both], 'a:b', 'r', { ...context, 'aws:SecureTransport': 'false' })).toBe(false)
  })

  it.each(['ArnEquals', 'ArnLike'])('%s takes wildcards', (operator) => {
    const rule = allow('a:b', '*', { Condition: { [operator]: { 'aws:SourceArn': 'arn:aws:events:*:1:rule/x-*' } } })
    expect(may([rule], 'a:b', 'r', { 'aws:SourceArn': 'arn:aws:events:eu-west-1:1:rule/x-y' })).toBe(true)
    expect(may([rule], 'a:b', 'r', { 'aws:SourceArn': 'arn:aws:events:eu-west-1:1:rule/y' })).toBe(false)
  })
})

describe('a pattern', () => {
  it.each([
    ['*', 'anything', true],
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::b/', true],
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::b', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a.c', 'abc', false],
    ['a+(b)[c]$', 'a+(b)[c]$', true],
    ['*-raw', 'sluice-dev_orders-raw', true],
    ['*-raw', 'sluice-dev_orders-raw-2', false],
  ])('%s and %s: %s', (pattern, text, matches) => {
    expect(like(pattern, text)).toBe(matches)
  })
})
