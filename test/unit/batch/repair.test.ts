import { describe, expect, it } from 'vitest'
import { type CutOff, repairOf } from '../../../functions/domain/batch/publish/publication.ts'

const FOLDER = 'curated/orders/order_date=d0/'
const AT = Date.parse('2025-01-02T00:00:00Z')
const BEGAN = new Date(AT).toISOString()
const file = (name: string, { size = 10, seconds = -60 } = {}) => ({
  key: `${FOLDER}${name}.parquet`,
  size,
  lastModified: new Date(AT + seconds * 1000),
})
/** The publisher bbbbbbbb of two files of batch b1, which replace one of batch b0. */
const publication = {
  folder: FOLDER,
  copies: [0, 1].map((n) => ({ from: `staged/b1-${n}.parquet`, to: `${FOLDER}b1-${n}-bbbbbbbb.parquet`, bytes: 10 })),
  removals: [`${FOLDER}b0-0-00000000.parquet`],
}
const cutOff = (present: CutOff['present'], earlier: string[] = []): CutOff => ({
  folder: FOLDER,
  token: 'bbbbbbbb',
  beganAt: BEGAN,
  present,
  earlier,
})
const own = [file('b1-0-bbbbbbbb', { seconds: 1 }), file('b1-1-bbbbbbbb', { seconds: 1 })]
const names = (files: { key: string }[]) => files.map(({ key }) => key)

describe('the repair of a partition in which a publisher was cut off', () => {
  it('removes what it replaces when all of its copies are there', () => {
    const replaced = file('b0-0-00000000')
    expect(repairOf(cutOff([...own, replaced]), publication)).toEqual(names([replaced]))
  })

  it('does not count a copy of another size, which S3 made late of what a later run had staged', () => {
    const mixed = [own[0] as (typeof own)[0], file('b1-1-bbbbbbbb', { size: 11 })]
    expect(repairOf(cutOff([...mixed, file('b0-0-00000000')]), publication, false)).toEqual(names(mixed))
  })

  it('removes copies of an earlier publisher that S3 made late, whatever their names', () => {
    const late = file('a7-4-aaaaaaaa', { seconds: 200 })
    expect(repairOf(cutOff([...own, late], ['aaaaaaaa']), publication)).toEqual(names([late]))
    // Of a publisher that is not noted: another batch was published since.
    expect(repairOf(cutOff([...own, late]), publication)).toEqual(names(own))
  })

  it('takes files of the same names for those of a later run when they are newer than its begin, and for its own twins when they are not', () => {
    const twin = (seconds: number) => file('b1-0-cccccccc', { seconds })
    expect(repairOf(cutOff([...own, twin(-3)]), publication, false)).toEqual(names([twin(-3)]))
    expect(repairOf(cutOff([...own, twin(300)]), publication, false)).toEqual(names(own))
    expect(repairOf(cutOff([...own, twin(300)]), publication)).toEqual(names([twin(300)]))
  })

  it('leaves alone what it cannot decide', () => {
    expect(repairOf(cutOff([...own, file('b0-0-00000000')]), undefined)).toBeUndefined()
    expect(repairOf(cutOff(own), undefined)).toEqual([])
    expect(repairOf(cutOff(own.slice(0, 1)), publication)).toBeUndefined()
  })
})
