import { expect, it } from 'vitest'
import { protocolOf } from '../../../cli/alerts/subscriptions.ts'
import { secondsOf } from '../../../cli/commands/on-call/logs.ts'
import { portNumber, positiveInteger } from '../../../cli/numbers.ts'

it.each([
  ['me@example.com', 'email'],
  ['https://example.com/hook', 'https'],
  ['+491701234567', 'sms'],
  ['arn:aws:sqs:eu-central-1:123456789012:alerts', 'sqs'],
  ['arn:aws-cn:lambda:cn-north-1:123456789012:function:page', 'lambda'],
])('alerts go to %s by %s', (endpoint, protocol) => {
  expect(protocolOf(endpoint)).toBe(protocol)
})

it.each(['me', 'http://example.com', '0170 123', 'arn:aws:s3:::bucket'])('"%s" is no place to send alerts to', (endpoint) => {
  expect(() => protocolOf(endpoint)).toThrow(/not a mail address/)
})

it.each([
  ['90s', 90],
  ['30m', 1800],
  ['2h', 7200],
  ['1d', 86_400],
])('%s ago is %i seconds', (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds)
})

it('refuses times and numbers that are none', () => {
  expect(() => secondsOf('soon')).toThrow()
  expect(() => positiveInteger('0')).toThrow()
  expect(() => positiveInteger('1.5')).toThrow()
  expect(positiveInteger('12')).toBe(12)
  expect(portNumber('65535')).toBe(65_535)
  expect(() => portNumber('65536')).toThrow(/at most 65535/)
})
