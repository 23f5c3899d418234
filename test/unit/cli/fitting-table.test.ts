import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BatchResult } from '../../../cli/run/run-result.ts'
import { batchTable, fittingTable } from '../../../cli/run/run-table.ts'

const batch = {
  dataset: 'orders',
  batchId: 'orders-20250131T120000Z-0badc0de',
  status: 'SUCCEEDED',
  rowsRead: 1_234_567,
  rowsWritten: 1_200_000,
  replaced: 34_000,
  duplicates: 34_000,
  superseded: 500,
  deleted: 0,
  quarantined: 67,
  quarantineRate: 0.00005,
  quarantinedByRule: {},
  quality: { passed: 3, rules: 3 },
} satisfies BatchResult

const longestLine = (text: string) => Math.max(...text.split('\n').map((line) => line.length))

describe('a table of batches', () => {
  it('fits 80 columns, and keeps the whole batch id and the rows', () => {
    const text = batchTable([batch], 80)
    expect(longestLine(text)).toBeLessThanOrEqual(80)
    expect(text).toContain('orders-20250131T120000Z-0badc0de')
    for (const number of ['1,234,567', '1,200,000', '67']) expect(text).toContain(number)
  })

  it('has every column where there is room, or no terminal', () => {
    for (const width of [200, undefined]) expect(batchTable([batch], width)).toMatch(/batch +status +read +written +replaced .* quality/)
  })

  it('fits any width that its id fits, and leaves out nothing that has room', () => {
    const cell = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', '1') })
    const heads = ['batch', 'status', 'took', 'quality']
    const rows = fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 12, max: 60 }), (some, width) => {
        const { text, leftOut } = fittingTable(heads, some, [], width)
        expect(longestLine(text)).toBeLessThanOrEqual(width)
        const whole = heads.reduce(
          (sum, head, column) => sum + 2 + Math.max(head.length, ...some.map((row) => row[column]?.length ?? 0)),
          -2,
        )
        expect(leftOut.length === 0).toBe(whole <= width)
      }),
    )
  })
})
