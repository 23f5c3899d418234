import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Laptop } from '../../../laptop/pipeline/laptop.ts'
import { startMachineSchedules } from '../../../laptop/pipeline/sources/databases.ts'

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-03-01T10:30:00Z') }))
afterEach(() => void vi.useRealTimers())

it('starts each extract at its times in the role of its schedule, until the pipeline stops', async () => {
  const started: [string, string, unknown][] = []
  const clientsOf = (role: string) => ({
    sfn: { send: async ({ input }: { input: object }) => started.push([new Date().toISOString().slice(0, 16), role, input]) },
  })
  const schedule = (dataset: string, expression: string) => ({
    ...{ name: dataset, expression, input: JSON.stringify({ dataset }), machineArn: 'arn:extract', roleArn: `role-${dataset}` },
  })
  const machineSchedules = [schedule('orders', 'rate(1 hour)'), schedule('customers', 'cron(0 4 * * ? *)')]
  const running = startMachineSchedules({ machineSchedules, clientsOf } as unknown as Laptop)
  await vi.advanceTimersByTimeAsync(2 * 3_600_000 + 60_000)
  const start = (dataset: string) => ({ stateMachineArn: 'arn:extract', input: JSON.stringify({ dataset }) })
  expect(started).toEqual([
    ['2026-03-01T11:30', 'role-orders', start('orders')],
    ['2026-03-01T12:30', 'role-orders', start('orders')],
  ])
  await vi.advanceTimersByTimeAsync(24 * 3_600_000)
  expect(started.filter(([, role]) => role === 'role-customers')).toEqual([['2026-03-02T04:00', 'role-customers', start('customers')]])
  running.stop()
  const before = started.length
  await vi.advanceTimersByTimeAsync(24 * 3_600_000)
  expect(started).toHaveLength(before)
})
