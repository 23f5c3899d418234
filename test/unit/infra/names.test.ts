import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { datasetStackId, stageProblem } from '../../../infra/packaging/template/names.ts'

const datasetName = fc.stringMatching(/^[a-z][a-z0-9_]{0,40}$/)

describe('the logical id of a dataset', () => {
  it.each([
    ['orders', 'DatasetOrders'],
    ['online_retail', 'DatasetOnlineRetail'],
    ['orders2', 'DatasetOrders2'],
  ])('%s keeps the one that it always had', (dataset, id) => expect(datasetStackId(dataset)).toBe(id))

  it.each([
    ['orders2', 'orders_2'],
    ['a_b', 'a__b'],
    ['a', 'a_'],
  ])('tells %s from %s', (one, other) => expect(datasetStackId(one)).not.toBe(datasetStackId(other)))

  it('is of letters and digits, and no two names share one', () => {
    fc.assert(
      fc.property(datasetName, datasetName, (one, other) => {
        expect(datasetStackId(one)).toMatch(/^[A-Za-z0-9]{1,255}$/)
        fc.pre(one !== other)
        expect(datasetStackId(one)).not.toBe(datasetStackId(other))
      }),
    )
  })
})

describe('the name of a stage', () => {
  it.each(['dev', 'prod-eu', 'a', '1', 'x'.repeat(23)])('%s is taken', (stage) => expect(stageProblem(stage)).toBeUndefined())
  it.each(['Dev', 'my_stage', '-dev', 'dev-', '', 'x'.repeat(24), 'dev.1'])('"%s" is refused, with what to do', (stage) => {
    expect(stageProblem(stage)).toMatch(/give --stage 1 to 23 lower-case letters/)
  })
})
