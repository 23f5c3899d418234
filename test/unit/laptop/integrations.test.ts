import type { TaskCall } from 'asl-jsonata'
import { expect, it } from 'vitest'
import type { Clients } from '../../../laptop/aws/clients.ts'
import { createTasks, refusedResource } from '../../../laptop/integrations/tasks.ts'
import { laptopClock } from '../../../laptop/laptop-times.ts'

type Sent = { name: string; input: Record<string, unknown> }

function taskOver(answers: Record<string, (sent: Sent) => unknown>) {
  const calls: Sent[] = []
  const client = {
    async send(command: { constructor: { name: string }; input: Record<string, unknown> }) {
      const sent = { name: command.constructor.name.replace(/Command$/, ''), input: command.input }
      calls.push(sent)
      return { $metadata: {}, ...((await answers[sent.name]?.(sent)) as object) }
    },
  }
  const clients = new Proxy({}, { get: () => client }) as unknown as Clients
  const tasks = createTasks(() => clients)
  const call = (resource: string, args: object, signal = new AbortController().signal) =>
    tasks({ resource, arguments: args, signal, context: { Execution: { RoleArn: 'arn:aws:iam::1:role/machine' } } } as unknown as TaskCall)
  return { call, calls }
}

it('follows a job run to its end', async () => {
  const states = ['STARTING', 'RUNNING', 'SUCCEEDED']
  const { call, calls } = taskOver({
    StartJobRun: () => ({ JobRunId: 'jr_1' }),
    GetJobRun: () => ({ JobRun: { Id: 'jr_1', JobRunState: states.shift(), StartedOn: new Date(0) } }),
  })
  const run = await call('arn:aws:states:::glue:startJobRun.sync', { JobName: 'curate' })
  expect(run).toEqual({ Id: 'jr_1', JobRunState: 'SUCCEEDED', StartedOn: '1970-01-01T00:00:00.000Z' })
  expect(calls.filter(({ name }) => name === 'GetJobRun')).toHaveLength(3)
})

it('fails with the job run in its cause', async () => {
  const { call } = taskOver({
    StartJobRun: () => ({ JobRunId: 'jr_1' }),
    GetJobRun: () => ({ JobRun: { Id: 'jr_1', JobRunState: 'FAILED', ErrorMessage: 'DriftError: no such column' } }),
  })
  const failure = await (call('arn:aws:states:::glue:startJobRun.sync', { JobName: 'curate' }) as Promise<never>).catch(
    (error: Error) => error,
  )
  expect(failure.name).toBe('States.TaskFailed')
  expect(JSON.parse(failure.message)).toMatchObject({ JobRunState: 'FAILED', ErrorMessage: 'DriftError: no such column' })
})

it('stops the job run when the state is given up', async () => {
  const abort = new AbortController()
  const { call, calls } = taskOver({
    StartJobRun: () => ({ JobRunId: 'jr_1' }),
    GetJobRun: () => ({ JobRun: { JobRunState: 'RUNNING' } }),
  })
  const running = call('arn:aws:states:::glue:startJobRun.sync', { JobName: 'curate' }, abort.signal) as Promise<unknown>
  setTimeout(() => abort.abort(), 50)
  await expect(running).rejects.toThrow()
  expect(calls.at(-1)).toEqual({ name: 'BatchStopJobRun', input: { JobName: 'curate', JobRunIds: ['jr_1'] } })
})

it('names errors as the service integration does', async () => {
  const { call } = taskOver({
    StartCrawler: () => Promise.reject(Object.assign(new Error('is running'), { name: 'CrawlerRunningException' })),
    SendMessage: () => Promise.reject(Object.assign(new Error('no queue'), { name: 'QueueDoesNotExist' })),
  })
  await expect(call('arn:aws:states:::aws-sdk:glue:startCrawler', { Name: 'c' })).rejects.toMatchObject({
    name: 'Glue.CrawlerRunningException',
  })
  await expect(call('arn:aws:states:::sqs:sendMessage', { QueueUrl: 'q', MessageBody: {} })).rejects.toMatchObject({
    name: 'SQS.QueueDoesNotExist',
  })
})

it('gives a function’s error under its own name, with what it said as the cause', async () => {
  const failure = { errorType: 'QualityGateError', errorMessage: 'rule failed' }
  const { call } = taskOver({ Invoke: () => ({ FunctionError: 'Unhandled', Payload: new TextEncoder().encode(JSON.stringify(failure)) }) })
  const thrown = await (call('arn:aws:states:::lambda:invoke', { FunctionName: 'f' }) as Promise<never>).catch((error: Error) => error)
  expect(thrown.name).toBe('QualityGateError')
  expect(JSON.parse(thrown.message)).toEqual(failure)
})

it('gives a function’s answer as JSON', async () => {
  const { call } = taskOver({ Invoke: () => ({ StatusCode: 200, Payload: new TextEncoder().encode('{"done":true}') }) })
  expect(await call('arn:aws:states:::lambda:invoke', { FunctionName: 'f', Payload: { a: 1 } })).toMatchObject({ Payload: { done: true } })
})

it('cuts waits short and leaves timeouts alone', async () => {
  const began = Date.now()
  await laptopClock.sleep(60_000, { purpose: 'wait' })
  expect(Date.now() - began).toBeLessThan(1000)
  const abort = new AbortController()
  const timeout = laptopClock.sleep(60_000, { purpose: 'timeout', signal: abort.signal })
  const ended = await Promise.race([timeout.then(() => true), new Promise((resolve) => setTimeout(() => resolve(false), 1500))])
  abort.abort(new Error('over'))
  await expect(timeout).rejects.toThrow('over')
  expect(ended).toBe(false)
})

it.each([
  ['arn:aws:states:::lambda:invoke', true],
  ['arn:aws:states:::glue:startJobRun.sync', true],
  ['arn:aws:states:::aws-sdk:glue:getCrawler', true],
  ['arn:aws:states:::aws-sdk:glue:getCrowler', false],
  ['arn:aws:states:::aws-sdk:bedrock:invokeModel', false],
  ['arn:aws:states:::ecs:runTask.sync', false],
  ['arn:aws:states:::sqs:sendMessage.waitForTaskToken', false],
  ['arn:aws:states:::s3:getObject', false],
  ['arn:aws:lambda:us-east-1:123456789012:function:f', false],
  ['arn:aws:states:us-east-1:123456789012:activity:approve', false],
  ['constructor', false],
  ['arn:aws:states:::aws-sdk:constructor:name', false],
])('whether %s can be called is known before anything runs: %s', (resource, isCallable) => {
  expect(refusedResource(resource) === undefined).toBe(isCallable)
})
