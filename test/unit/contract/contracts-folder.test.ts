import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readContractsFolder } from '../../../infra/packaging/contract-files.ts'
import { ORDERS } from './orders.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-contracts-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
const called = (dataset: string) => ORDERS.replace('dataset: orders', `dataset: ${dataset}`)

it('reads .yml and .yaml, and nothing else', async () => {
  write('orders.yml', ORDERS)
  write('returns.yaml', called('returns'))
  write('notes.md', 'not a contract')
  write('.hidden.yml', 'not: one')

  const { files, problems } = await readContractsFolder(folder)

  expect(problems).toEqual([])
  expect(files.map(({ contract }) => contract?.dataset)).toEqual(['orders', 'returns'])
})

it('says that a folder is not there, is none, or holds no contract', async () => {
  const message = async (path: string) => (await readContractsFolder(path)).problems.map((problem) => problem.message)
  write('orders.txt', ORDERS)

  expect(await message(join(folder, 'nowhere'))).toEqual(['there is no such folder'])
  expect(await message(join(folder, 'orders.txt'))).toEqual(['is not a folder'])
  expect(await message(folder)).toEqual([expect.stringContaining('holds no contract')])
})

it('says that a file cannot be read, and reads the others', async () => {
  mkdirSync(join(folder, 'orders.yml'))
  write('returns.yml', called('returns'))

  const { files, problems } = await readContractsFolder(folder)

  expect(problems).toEqual([{ file: join(folder, 'orders.yml'), line: 1, field: '(file)', message: 'is a folder, not a file' }])
  expect(files).toHaveLength(1)
})

it('refuses a dataset in two files', async () => {
  write('orders.yml', ORDERS)
  write('orders.yaml', ORDERS)

  const { problems } = await readContractsFolder(folder)

  expect(problems).toEqual([
    expect.objectContaining({ field: 'dataset', line: 1, message: expect.stringContaining('also the dataset of') }),
  ])
})

it('refuses a dataset that is named like a table of another', async () => {
  write('orders.yml', ORDERS)
  write('orders_raw.yml', called('orders_raw'))

  const { problems } = await readContractsFolder(folder)

  expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('is the name of a table of dataset "orders"')])
})

it('refuses a reference to a dataset without a contract', async () => {
  write('orders.yml', `${ORDERS}references: { people: customers }\n`)

  const { problems } = await readContractsFolder(folder)

  expect(problems).toEqual([
    {
      file: join(folder, 'orders.yml'),
      line: ORDERS.split('\n').length,
      field: 'references.people',
      message: 'refers to dataset "customers", which has no contract here',
    },
  ])
})

it('does not call a dataset unknown whose file is only broken', async () => {
  write('orders.yml', `${ORDERS}references: { people: customers }\n`)
  write('customers.yml', 'dataset: [')

  const { problems } = await readContractsFolder(folder)

  expect(problems.map(({ file }) => file)).toEqual([join(folder, 'customers.yml'), join(folder, 'customers.yml')].slice(0, problems.length))
})

it('takes rules that refer to an Iceberg table', async () => {
  write('orders.yml', `${ORDERS}\nreferences: { back: returns }\n`)
  write('returns.yml', called('returns').replace('curated: {', 'curated: { format: iceberg,'))

  const { problems } = await readContractsFolder(folder)

  expect(problems).toEqual([])
})
