import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { Alert } from '../../../functions/domain/alert/alert.ts'
import { compose } from '../../../functions/domain/alert/compose.ts'
import { alertMessage } from '../../../functions/domain/alert/message.ts'
import { root } from '../../../setup/places.mjs'
import { ordersBatch, ordersManifest } from '../batch/fixtures.ts'

const facts = { dataset: 'orders', batch: ordersBatch(), manifest: ordersManifest(), target: { stage: 'prod' } }
const began = compose('quarantine-rate', facts)
const over = compose('recovered', { ...facts, over: ['quarantine-rate', 'late'] })

/** docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html, "Event schema" and "Parameter details". */
const notification = z.strictObject({
  version: z.literal('1.0'),
  source: z.literal('custom'),
  id: z.string().optional(),
  content: z.strictObject({
    textType: z.literal('client-markdown').optional(),
    title: z.string().optional(),
    description: z.string().min(1),
    nextSteps: z.array(z.string()).optional(),
    keywords: z.array(z.string()).optional(),
  }),
  metadata: z
    .strictObject({
      threadId: z.string().optional(),
      summary: z.string().optional(),
      eventType: z.string().optional(),
      relatedResources: z.array(z.string()).optional(),
      additionalContext: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
})
const chat = (...given: Parameters<typeof alertMessage>) => notification.parse(alertMessage(...given).chat)

describe('an alert in a chat', () => {
  it('has what happened, the counts and what to do, in the schema of Amazon Q', () => {
    const { content, metadata } = chat(began, { begins: 'quarantine-rate' })
    expect(content.title).toBe(':large_yellow_circle: orders: quarantine-rate (prod)')
    expect(content.description.split('\n').slice(0, 4)).toEqual([
      expect.stringMatching(/^orders: 0\.5% of rows were quarantined, above warn_rate/),
      '*Owner*: commerce-data@example.com',
      '*Rows*: 1000 read, 900 written, 5 quarantined',
      '*Reasons*: 4 negative_amount, 1 malformed_record',
    ])
    expect(content.nextSteps).toEqual(['`npx --no-install sluice quarantine show orders --stage prod`'])
    expect(metadata?.additionalContext).toEqual({
      stage: 'prod',
      dataset: 'orders',
      kind: 'quarantine-rate',
      severity: 'warning',
      batchId: 'orders-b1',
    })
  })

  it('ends in the thread in which it began', () => {
    const thread = chat(began, { begins: 'quarantine-rate' }).metadata?.threadId
    expect(thread).toBe('sluice/prod/orders/quarantine-rate')
    expect(chat(over, { ends: ['quarantine-rate', 'late'] }).metadata?.threadId).toBe(thread)
  })

  it('mentions no one and links to nothing, whatever the data holds, and is never too long', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 6000, unit: fc.constantFrom('<', '!', 'channel>', '`', '&', 'a') }), (text) => {
        const { content } = chat({ ...began, message: text, drift: text, next: [text] } as Alert, {})
        for (const part of [content.description, ...(content.nextSteps ?? [])]) expect(part).not.toMatch(/[<>]/)
        expect(content.description.length).toBeLessThanOrEqual(3000)
      }),
    )
  })
})

describe('an alert for PagerDuty', () => {
  const events = (...given: Parameters<typeof alertMessage>) => alertMessage(...given).json.pagerDuty as Record<string, unknown>[]

  it('opens an incident, and its end resolves it by the same key', () => {
    expect(events(began, { begins: 'quarantine-rate' })).toMatchObject([
      {
        event_action: 'trigger',
        dedup_key: 'sluice/prod/orders/quarantine-rate',
        payload: { summary: began.message, source: 'sluice-prod', severity: 'warning', component: 'orders', class: 'quarantine-rate' },
      },
    ])
    expect(events(over, { ends: ['quarantine-rate', 'late'] })).toMatchObject([
      { event_action: 'resolve', dedup_key: 'sluice/prod/orders/quarantine-rate' },
      { event_action: 'resolve', dedup_key: 'sluice/prod/orders/late' },
    ])
    expect(events(began)).toEqual([])
  })

  it('keeps to the lengths that PagerDuty takes', () => {
    const [event] = events({ ...began, dataset: 'd'.repeat(300), message: 'm'.repeat(5000) }, { begins: 'late' })
    expect(String(event?.dedup_key)).toHaveLength(255)
    expect((event?.payload as { summary: string }).summary).toHaveLength(1024)
  })

  describe('by the function in the docs', () => {
    afterEach(() => void vi.unstubAllEnvs())

    it('is sent with the routing key; an answer that is no success makes SNS try again', async () => {
      const page = readFileSync(join(root, 'docs', 'how-to', 'alerts.md'), 'utf8')
      const code = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
      const { handler } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
      const received: Record<string, unknown>[] = []
      let status = 202
      const server = createServer(async (request, response) => {
        let body = ''
        for await (const chunk of request) body += chunk
        received.push(JSON.parse(body))
        response.writeHead(status).end()
      })
      await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
      vi.stubEnv('ROUTING_KEY', 'r'.repeat(32))
      vi.stubEnv('PAGERDUTY_URL', `http://127.0.0.1:${(server.address() as { port: number }).port}`)
      const Records = [{ Sns: { Message: JSON.stringify(alertMessage(over, { ends: ['late', 'batch-failed'] }).json) } }]
      await handler({ Records })
      status = 429
      await expect(handler({ Records })).rejects.toThrow('PagerDuty answered 429')
      server.close()
      expect(received.map(({ routing_key, event_action, dedup_key }) => [String(routing_key).length, event_action, dedup_key])).toEqual([
        [32, 'resolve', 'sluice/prod/orders/late'],
        [32, 'resolve', 'sluice/prod/orders/batch-failed'],
        [32, 'resolve', 'sluice/prod/orders/late'],
      ])
    })
  })
})
