import { beforeAll, describe, expect, it } from 'vitest'
import { ofType, packagedService, propertiesOf } from './template.ts'

let service: Awaited<ReturnType<typeof packagedService>>
beforeAll(async () => {
  service = await packagedService()
}, 120_000)

const idOf = (reference: { 'Fn::GetAtt': [string, string] }) => reference['Fn::GetAtt'][0]

describe('queues', () => {
  const consumed = () =>
    ofType(service.resources, 'AWS::Lambda::EventSourceMapping').map(([id, mapping]) => {
      const { EventSourceArn, FunctionName } = propertiesOf(mapping)
      return {
        id,
        mapping: propertiesOf(mapping),
        queue: propertiesOf(service.resources[idOf(EventSourceArn)]),
        consumer: propertiesOf(service.resources[idOf(FunctionName)]),
      }
    })

  it('are consumed by at least the four of intake', () => {
    const names = consumed().map(({ queue }) => queue.QueueName)
    expect(names.sort()).toEqual(['landings', 'crawls', 'crawler-events', 'execution-events'].map((name) => `sluice-dev-${name}`).sort())
  })

  it('hide a message for six times the time its consumer may take, and the batching window', () => {
    for (const { queue, consumer, mapping } of consumed()) {
      const least = 6 * consumer.Timeout + (mapping.MaximumBatchingWindowInSeconds ?? 0)
      expect(queue.VisibilityTimeout, queue.QueueName).toBeGreaterThanOrEqual(least)
    }
  })

  it('give a message five tries and then keep it in a dead-letter queue', () => {
    for (const { queue } of consumed()) {
      expect(queue.RedrivePolicy?.maxReceiveCount, queue.QueueName).toBeGreaterThanOrEqual(5)
      const deadLetters = service.resources[idOf(queue.RedrivePolicy.deadLetterTargetArn)]
      expect(propertiesOf(deadLetters).QueueName).toMatch(/-dlq$/)
      expect(propertiesOf(deadLetters).MessageRetentionPeriod).toBe(14 * 86_400)
    }
  })

  it('are polled by at least two and together by few enough that ten concurrent executions carry the pipeline', () => {
    const most = consumed().map(({ mapping }) => mapping.ScalingConfig?.MaximumConcurrency)
    for (const each of most) expect(each).toBeGreaterThanOrEqual(2)
    // A new account has as few as ten; two are left for the functions of the machines and the sweep.
    expect(most.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(8)
  })

  it('form a loop only where Lambda allows it by a setting', () => {
    for (const { id, consumer, mapping } of consumed()) {
      const { Policies } = propertiesOf(service.resources[idOf(consumer.Role)])
      const sends = Policies[0].PolicyDocument.Statement.some(
        ({ Action, Resource }: { Action: string | string[]; Resource: unknown }) =>
          [Action].flat().includes('sqs:SendMessage') && JSON.stringify(Resource) === JSON.stringify(mapping.EventSourceArn),
      )
      expect(consumer.RecursiveLoop, id).toBe(sends ? 'Allow' : undefined)
    }
  })

  it('take back only the messages that failed', () => {
    for (const { mapping } of consumed()) expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures'])
  })

  it('all are encrypted, and refuse calls without TLS', () => {
    const queues = ofType(service.resources, 'AWS::SQS::Queue')
    const guarded = ofType(service.resources, 'AWS::SQS::QueuePolicy').flatMap(([, policy]) => {
      const { Queues, PolicyDocument } = propertiesOf(policy)
      const denies = PolicyDocument.Statement.some(({ Effect, Condition }: { Effect: string; Condition?: unknown }) => {
        return Effect === 'Deny' && JSON.stringify(Condition).includes('aws:SecureTransport')
      })
      return denies ? Queues.map(({ Ref }: { Ref: string }) => Ref) : []
    })
    expect(guarded.sort()).toEqual(queues.map(([id]) => id).sort())
    for (const [, queue] of queues) expect(propertiesOf(queue).SqsManagedSseEnabled).toBe(true)
  })
})

describe('rules into queues', () => {
  it('may send to the queue that they target, and no other sender may', () => {
    for (const [ruleId, rule] of ofType(service.resources, 'AWS::Events::Rule')) {
      for (const target of propertiesOf(rule).Targets) {
        const queueId = target.Arn['Fn::GetAtt']?.[0]
        if (service.resources[queueId]?.Type !== 'AWS::SQS::Queue') continue
        const senders = ofType(service.resources, 'AWS::SQS::QueuePolicy')
          .map(([, policy]) => propertiesOf(policy))
          .filter(({ Queues }) => Queues.some(({ Ref }: { Ref: string }) => Ref === queueId))
          .flatMap(({ PolicyDocument }) => PolicyDocument.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow'))
        expect(senders).toEqual([
          expect.objectContaining({
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: target.Arn,
            Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [ruleId, 'Arn'] } } },
          }),
        ])
      }
    }
  })
})
