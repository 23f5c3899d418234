import { join } from 'node:path'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { S3Client } from '@aws-sdk/client-s3'
import { SNSClient } from '@aws-sdk/client-sns'
import { execa } from 'execa'
import { python, root } from '../../../setup/places.mjs'
import { metricsCalls, s3Calls, settings, topicCalls } from './adapter-calls.ts'

/** A call as it is about to be sent, before it is signed. */
export interface WireCall {
  service: string
  operation: string
  parameters: Record<string, unknown>
  sent: { method: string; path: string; query: Record<string, string | null>; headers: Record<string, string>; body: string | undefined }
  where: string
}

type Client = { middlewareStack: { add(middleware: any, options: object): void } }

// Parameters and request are seen by two middlewares of one call, which share its context.
function onTheWire<C extends Client>(client: C, service: string, calls: WireCall[]): C {
  const given = new WeakMap<object, Record<string, unknown>>()
  const take = (next: (sent: object) => unknown, context: object) => (sent: { input: Record<string, unknown> }) => {
    given.set(context, sent.input)
    return next(sent)
  }
  const note = (_next: unknown, context: { commandName: string }) => async (sent: { request: WireCall['sent'] & { body?: unknown } }) => {
    const operation = context.commandName.replace(/Command$/, '')
    const { method, path, query, headers, body } = sent.request
    const text = body === undefined || body === null ? undefined : Buffer.from(body as never).toString()
    const parameters = given.get(context) ?? {}
    calls.push({
      service,
      operation,
      parameters,
      sent: { method, path, query, headers, body: text },
      where: `functions/adapters: ${operation}`,
    })
    return { output: {}, response: {} }
  }
  client.middlewareStack.add(take, { step: 'initialize', priority: 'low', name: 'take' })
  client.middlewareStack.add(note, { step: 'build', priority: 'low', name: 'note' })
  return client
}

/** What the adapters send to the services whose calls are not their parameters as JSON alone. */
export async function wireCalls(): Promise<WireCall[]> {
  const calls: WireCall[] = []
  await s3Calls(onTheWire(new S3Client(settings), 's3', calls))
  await topicCalls(onTheWire(new SNSClient(settings), 'sns', calls))
  await metricsCalls(onTheWire(new CloudWatchClient(settings), 'cloudwatch', calls))
  return calls
}

export async function judgeWire(calls: WireCall[]): Promise<{ where: string; problem: string }[]> {
  const { stdout } = await execa(python, [join(root, 'test', 'gates', 'referee', 'wire.py')], { input: JSON.stringify(calls) })
  return JSON.parse(stdout)
}
