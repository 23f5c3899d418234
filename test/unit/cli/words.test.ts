import { expect, it } from 'vitest'
import { completionScript } from '../../../cli/commands/completion.ts'
import { inWords } from '../../../cli/durations.ts'
import { explainContract } from '../../../cli/explain-contract.ts'
import { buildProgram } from '../../../cli/program.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { ORDERS } from '../contract/orders.ts'
import { REVENUE } from '../gold/contracts.ts'

it.each([
  [0, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [93, '1 min 33 s'],
  [3_725, '1 h 2 min'],
  [90_061, '1 d 1 h'],
])('%i seconds are %s', (seconds, words) => {
  expect(inWords(seconds)).toBe(words)
})

it('explains every rule, key and rate of a contract', () => {
  const parsed = parseContract(ORDERS, 'orders.yml')
  const text = parsed.ok ? explainContract(parsed.contract).join('\n') : ''
  expect(text).toMatch(/raw\/orders\/ingest_date=…\//)
  expect(text).toMatch(/amount < 0 is set aside as negative_amount/)
  expect(text).toMatch(/the table keeps the one with the highest order_timestamp/)
  expect(text).toMatch(/more than 1%.*above 20% it stops/)
  expect(text).toMatch(/whole partitions of order_date/)
})

const explain = (text: string) => {
  const parsed = parseContract(text, 'c.yml')
  return parsed.ok ? explainContract(parsed.contract).join('\n') : JSON.stringify(parsed.problems)
}

it.each([ORDERS, REVENUE])('explains how readers of a table of each format see a batch (%#)', (contract) => {
  expect(explain(contract)).not.toMatch(/Iceberg/)
  const iceberg = explain(
    contract.replace(/curated:( \{|\n)/, (_, opens) => `curated:${opens}${opens === '\n' ? '  format: iceberg\n' : ' format: iceberg,'}`),
  )
  expect(iceberg).toMatch(/one commit to the Iceberg table (orders|monthly_revenue): readers see all of it or nothing/)
  expect(iceberg).not.toMatch(/its crawler runs|whole partitions/)
})

it('explains what becomes of rows without a parent, and whose rows a change of a gold source computes anew', () => {
  expect(explain(`${ORDERS}foreign_keys: { customer_id: { in: customers.customer_id, on_missing: quarantine } }\n`)).toMatch(
    /customer_id is not in customers\.customer_id is set aside as missing_reference:customer_id/,
  )
  expect(explain(REVENUE.replace('customers: { rebuilds: all }', 'customers: { rebuilds: { key: segment } }'))).toMatch(
    /A change of customers rebuilds the rows with the segment that it changed, before and after, and no others/,
  )
})

it('completes every command and its options', async () => {
  const script = completionScript(await buildProgram(() => {}))
  expect(script).toContain('"") words="demo run up add ')
  expect(script).toContain('"quarantine") words="list show export replay')
  expect(script).toMatch(/"quarantine replay"\) words=".*--dry-run/)
})

it('describes every command, each with its exit codes', async () => {
  for (const command of (await buildProgram(() => {})).commands) {
    expect(command.description(), command.name()).toMatch(/\S/)
    let help = ''
    command.configureOutput({ writeOut: (text) => void (help += text) }).outputHelp()
    const listed = command.commands.length > 0 || command.name() === 'schema' || /Exit codes:/.test(help)
    expect(listed, `${command.name()} lists its exit codes`).toBe(true)
  }
})
