import { expect, it } from 'vitest'
import { createServiceAccess, type ResourcePolicy } from '../../../../laptop/iam/service-access.ts'

const RULE = 'arn:aws:events:us-east-1:123456789012:rule/r'
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:alerts'
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/k-1'
const events = { Effect: 'Allow' as const, Principal: { Service: ['cloudwatch.amazonaws.com', 'events.amazonaws.com'] } }
const publish: ResourcePolicy = {
  Statement: { ...events, Action: 'sns:Publish', Resource: TOPIC, Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } } },
}
const useKey: ResourcePolicy = { Statement: [{ ...events, Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Resource: '*' }] }

it('lets an event through where the policies of topic and key do', () => {
  const access = createServiceAccess()
  access.allow(TOPIC, publish)
  access.allow(KEY, useKey)
  access.encrypt(TOPIC, 'k-1')
  access.deliver('Rule', RULE, TOPIC)
  expect(access.problems()).toEqual([])
})

it('names what is missing: the topic, the key', () => {
  const access = createServiceAccess()
  access.encrypt(TOPIC, 'k-1')
  access.deliver('Rule', RULE, TOPIC)
  expect(access.problems()).toEqual([
    expect.stringMatching(/^Rule: events\.amazonaws\.com is not authorized to perform sns:Publish on .*alerts/),
    expect.stringMatching(/kms:Decrypt on k-1/),
    expect.stringMatching(/kms:GenerateDataKey on k-1/),
  ])
})

it('is not taken in by another source, or by a statement that denies', () => {
  const access = createServiceAccess()
  const Condition = { ArnEquals: { 'aws:SourceArn': `${RULE}-other` } }
  access.allow(TOPIC, { Statement: { ...events, Action: 'sns:Publish', Resource: TOPIC, Condition } })
  access.deliver('Rule', RULE, TOPIC)
  expect(access.problems()).toHaveLength(1)
  access.allow(TOPIC, publish)
  expect(access.problems()).toEqual([])
  access.allow(TOPIC, { Statement: { Effect: 'Deny', Principal: '*', Action: 'sns:*', Resource: '*' } })
  expect(access.problems()).toHaveLength(1)
})

it('lets the alarms through that the topic names, and no others', () => {
  const access = createServiceAccess()
  const alarm = (name: string) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}`
  const Condition = { ArnLike: { 'aws:SourceArn': alarm('sluice-dev_*') } }
  access.allow(TOPIC, { Statement: { ...events, Action: 'sns:Publish', Resource: TOPIC, Condition } })
  access.alarm('Ours', alarm('sluice-dev_orders-job-elapsed'), TOPIC)
  expect(access.problems()).toEqual([])
  access.alarm('Theirs', alarm('sluice-prod-sweep'), TOPIC)
  expect(access.problems()).toEqual([expect.stringMatching(/^Theirs: cloudwatch\.amazonaws\.com is not authorized/)])
})
