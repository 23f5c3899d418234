import { describe, expect, it } from 'vitest'
import { resolve, type Scope } from '../../../laptop/cloudformation/intrinsics.ts'
import type { Value } from '../../../laptop/cloudformation/template.ts'

const scope: Scope = {
  ref: (name) => {
    const known: Record<string, Value> = { Queue: 'http://queue', 'AWS::Region': 'us-east-1', Names: ['a', 'b'] }
    if (known[name] === undefined) throw new Error(`no ${name}`)
    return known[name]
  },
  attribute: (resource, attribute) => `${resource}#${attribute}`,
  condition: (name) => name === 'Yes',
  mapping: (map, first, second) => `${map}/${first}/${second}`,
}

describe('intrinsic functions', () => {
  it.each<[string, Value, Value]>([
    ['Ref of a resource', { Ref: 'Queue' }, 'http://queue'],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'Bucket#Arn'],
    ['GetAtt as a text, with an attribute of two parts', { 'Fn::GetAtt': 'Stack.Outputs.Name' }, 'Stack#Outputs.Name'],
    ['Sub of references and attributes', { 'Fn::Sub': '${AWS::Region}/${Bucket.Arn}/x' }, 'us-east-1/Bucket#Arn/x'],
    ['Sub with variables of its own', { 'Fn::Sub': ['${name}-${Queue}', { name: { Ref: 'AWS::Region' } }] }, 'us-east-1-http://queue'],
    ['Sub with a literal', { 'Fn::Sub': 'keep ${!this}' }, 'keep ${this}'],
    ['Join of resolved parts', { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Region' }]] }, 'arn:us-east-1'],
    ['Select of a split', { 'Fn::Select': [1, { 'Fn::Split': ['-', 'a-b-c'] }] }, 'b'],
    ['Select of a list reference', { 'Fn::Select': ['1', { Ref: 'Names' }] }, 'b'],
    ['If', { 'Fn::If': ['Yes', { Ref: 'Queue' }, 'other'] }, 'http://queue'],
    ['Equals inside Not', { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] }] }, true],
    ['And, Or and Condition', { 'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Or': [false, true] }] }, true],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'small'] }, 'Sizes/us-east-1/small'],
    ['ToJsonString', { 'Fn::ToJsonString': { a: { Ref: 'Queue' } } }, '{"a":"http://queue"}'],
  ])('%s', (_, value, expected) => {
    expect(resolve(value, scope)).toEqual(expected)
  })

  it('leaves out what is AWS::NoValue, in objects and lists', () => {
    const value = { kept: 1, gone: { Ref: 'AWS::NoValue' }, list: [1, { 'Fn::If': ['No', 2, { Ref: 'AWS::NoValue' }] }] }
    expect(resolve(value, scope)).toEqual({ kept: 1, list: [1] })
  })

  it('takes the Condition of a policy statement for data', () => {
    const statement = { Effect: 'Allow', Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::Region' } } } }
    expect(resolve(statement, scope)).toEqual({ Effect: 'Allow', Condition: { StringEquals: { 'aws:SourceAccount': 'us-east-1' } } })
    expect(resolve({ Condition: { Bool: {} } }, scope)).toEqual({ Condition: { Bool: {} } })
  })

  it('refuses a function that it does not know', () => {
    expect(() => resolve({ 'Fn::ImportValue': 'other-stack' }, scope)).toThrow(/Fn::ImportValue/)
  })
})
