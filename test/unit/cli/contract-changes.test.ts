import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { changesBetween, watchContracts } from '../../../cli/up/contract-changes.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { ORDERS } from '../contract/orders.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-contracts-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function contract(text: string): Contract {
  const parsed = parseContract(text, 'orders.yml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.contract
}

it('names the changed fields, the new contracts and the removed ones', () => {
  const orders = contract(ORDERS)
  const returns = contract(ORDERS.replace(/dataset: \w+/, 'dataset: returns'))
  const other = contract(ORDERS.replace(/owner: \S+/, 'owner: other@example.com').replace(/halt_rate: [\d.]+/, 'halt_rate: 0.77'))
  expect(changesBetween([orders], [orders])).toEqual([])
  expect(changesBetween([orders, returns], [other])).toEqual([
    'orders: owner, quarantine.halt_rate',
    'returns: is removed; its tables stay',
  ])
  expect(changesBetween([orders], [orders, returns])).toEqual(['returns: is new'])
})

it('takes a comment for no change', () => {
  expect(changesBetween([contract(ORDERS)], [contract(`# said\n${ORDERS}`)])).toEqual([])
})

it('reports a saved contract once, when the file no longer changes', async () => {
  writeFileSync(join(folder, 'orders.yml'), 'one')
  const watched = await watchContracts(folder)
  expect([await watched.wereSaved(), await watched.wereSaved()]).toEqual([false, false])
  writeFileSync(join(folder, 'orders.yml'), 'longer')
  writeFileSync(join(folder, 'notes.txt'), 'no contract')
  expect([await watched.wereSaved(), await watched.wereSaved(), await watched.wereSaved()]).toEqual([false, true, false])
  rmSync(join(folder, 'orders.yml'))
  expect([await watched.wereSaved(), await watched.wereSaved()]).toEqual([false, true])
})
