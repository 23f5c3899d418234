import { describe, expect, it } from 'vitest'
import { sensitiveColumns } from '../../../../cli/report/sensitive/sensitive-columns.ts'
import { type Contract, contractSchema } from '../../../../functions/domain/contract/contract.ts'

function contract(given: object): Contract {
  const base = { dataset: 'people', owner: 'a@example.com', source: { format: 'csv' }, primary_key: ['id'] }
  return { ...contractSchema.parse({ ...base, ...given }), version: 'v' }
}
const PEOPLE = contract({
  columns: { id: 'string', email: { type: 'string', sensitive: true }, city: 'string' },
  derive: { mail_host: "split(EMAIL, '@')[1]", host_letters: 'length(mail_host)', loud_city: "concat(city, 'email')" },
})
const gold = (columns: object, source = 'people') => {
  const { source: _, ...rest } = contract({ columns })
  return { ...rest, dataset: 'cities', gold: { sources: { [source]: { rebuilds: 'all' } } } } as unknown as Contract
}
const of = (one: Contract, columns = {}) => [...sensitiveColumns(one, [PEOPLE], columns)].sort()

describe('columns of which a report shows no value', () => {
  it('are the sensitive ones and what is derived from them, however far', () => {
    expect(of(PEOPLE)).toEqual(['email', 'host_letters', 'mail_host'])
  })

  it('are keys that alerts may not name, and a sensitive key also where alerts name it', () => {
    const columns = { id: { type: 'string', sensitive: true }, city: 'string' }
    expect(of(contract({ columns, alerts: { keys: true } }))).toEqual(['id'])
    expect(of(contract({ columns: { id: 'string' }, alerts: { keys: false } }))).toEqual(['id'])
  })

  it('are columns of gold that a query makes of them', () => {
    const columns = { cities: { city: [['people', 'city']], hosts: [['people', 'mail_host']] } }
    expect(of(gold({ id: 'string', city: 'string', hosts: 'bigint' }), columns)).toEqual(['hosts'])
  })

  it('are all columns of gold where no one knows what they are made of, and a source has one', () => {
    expect(of(gold({ id: 'string', city: 'string' }))).toEqual(['city', 'id'])
    expect(of(gold({ id: 'string', city: 'string' }, 'other'))).toEqual([])
  })
})
