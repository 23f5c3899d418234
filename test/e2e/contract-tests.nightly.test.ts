import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { root } from '../../setup/places.mjs'
import { lastObject, sluice } from './sluice-command.ts'

// Spark starts twice, on machines that may be busy.
vi.setConfig({ testTimeout: 240_000 })

const CONTRACT = `dataset: orders
owner: shop@example.com
source: { format: csv, options: { header: true, delimiter: ";" }, partition_keys: [day] }
columns: { id: string, customer: int, amount: "decimal(12,2)", at: timestamp }
derive: { on_day: to_date(at), from_day: day }
primary_key: [id]
latest_by: [at]
quarantine: { rules: { negative: amount < 0 }, warn_rate: 0.1, halt_rate: 0.9 }
quality: |
  Rules = [
    RowCount > 1,
    ReferentialIntegrity "customer" "customers.customer_id" = 1.0
  ]
references: { customers: customers }
`
const CUSTOMERS = `dataset: customers
owner: shop@example.com
source: { format: json, partition_keys: [] }
columns: { customer_id: int, tags: "array<string>", address: "struct<city:string>" }
primary_key: [customer_id]
latest_by: []
drift: { unknown: fail }
`
const ORDERS_TESTS = `tests:
  - name: newest wins, negative is set aside
    partition: { day: 2025-01-01 }
    rows:
      - { id: 007, customer: 7, amount: 5.00, at: 2025-01-01T10:00:00 }
      - { id: 007, customer: 7, amount: 6.50, at: 2025-01-01T11:00:00 }
      - { id: b, customer: 7, amount: -1, at: 2025-01-01T10:00:00 }
      - { id: "c;d", customer: null, amount: "1,5", at: 2025-01-01T10:00:00 }
    references: { customers: [{ customer_id: 8 }] }
    expect:
      curated:
        - { id: 007, amount: 6.5, on_day: 2025-01-01, from_day: 2025-01-01 }
      quarantined:
        - { id: b, amount: -1, reasons: [negative] }
        - { id: "c;d", amount: "1,5", reasons: ["invalid_type:amount"] }
      failed_rules:
        - RowCount > 1
        - ReferentialIntegrity "customer" "customers.customer_id" = 1.0
  - name: a broken record
    text: |
      id;customer;amount;at
      a;1;2.00
    expect:
      curated: []
      quarantined: [{ reasons: [malformed_record], _raw_record: "a;1;2.00" }]
  - name: what differs is named
    rows:
      - { id: a, customer: 1, amount: 5.00, at: 2025-01-01T10:00:00 }
    expect:
      curated: [{ id: a, amount: 6 }]
`
const CUSTOMERS_TESTS = `tests:
  - name: nested values
    rows: [{ customer_id: 7, tags: [x, y], address: { city: Bern } }]
    expect:
      curated: [{ customer_id: 7, tags: [x, y], address: { city: Bern } }]
  - name: a column that the contract does not know
    rows: [{ customer_id: 7, name: Ada }]
    expect: { curated: [] }
  - name: a file beside the test
    path: examples/customers.json
    expect: { curated: [{ customer_id: 9 }] }
`

let folder: string
const test = (...words: string[]) => sluice(['test', '--contracts', folder, ...words])
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-contract-tests-'))
  mkdirSync(join(folder, 'examples'))
  writeFileSync(join(folder, 'examples', 'customers.json'), '{"customer_id": 9, "tags": null, "address": null}\n')
  const files = {
    'orders.yml': CONTRACT,
    'customers.yml': CUSTOMERS,
    'orders.test.yml': ORDERS_TESTS,
    'customers.test.yml': CUSTOMERS_TESTS,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('runs every example through the job’s own code, and names file, line and difference of those that fail', async () => {
  const { exitCode, stdout } = await test('--json', '--format', 'github')
  const { tests, problems } = lastObject<{ tests: { name: string; ok: boolean }[]; problems: Record<string, unknown>[] }>(stdout)
  expect(problems).toEqual([
    {
      file: join(folder, 'customers.test.yml'),
      line: 6,
      field: 'a column that the contract does not know',
      message: expect.stringMatching(/^columns unknown to the contract of customers: name$/),
    },
    { file: join(folder, 'orders.test.yml'), line: 30, field: 'what differs is named', message: 'the row id=a has amount=5, expected 6' },
  ])
  expect(tests.map(({ ok }) => ok)).toEqual([true, false, true, true, true, false])
  expect(exitCode).toBe(1)
  expect(stdout).toContain(
    `::error file=${join(folder, 'orders.test.yml')},line=30,title=what differs is named::the row id=a has amount=5, expected 6\n`,
  )
})

it('has examples of the project’s own contract, which hold', async () => {
  const { exitCode, stdout, stderr } = await sluice(['test', '--contracts', join(root, 'datasets')])
  expect([exitCode, stdout, stderr]).toEqual([0, '2 of 2 tests passed', ''])
})

it('refuses a test of no contract, and names that the contract does not have', async () => {
  const wrong = mkdtempSync(join(tmpdir(), 'sluice-contract-tests-'))
  writeFileSync(join(wrong, 'orders.yml'), CONTRACT)
  writeFileSync(join(wrong, 'customers.yml'), CUSTOMERS)
  writeFileSync(join(wrong, 'order.test.yml'), ORDERS_TESTS)
  writeFileSync(join(wrong, 'orders.test.yml'), ORDERS_TESTS.replace('{ day:', '{ dat:'))
  const { exitCode, stderr } = await sluice(['test', '--contracts', wrong])
  rmSync(wrong, { recursive: true })
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/order\.test\.yml:1 \(file\): is for dataset "order", which has no contract here/)
  expect(stderr).toMatch(/orders\.test\.yml:3 partition\.dat: is not a partition key; the contract has day/)
})
