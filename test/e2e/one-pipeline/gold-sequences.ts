import fc from 'fast-check'

/** Each is a history of its own. */
export const SEQUENCES = 5

export interface Purchase {
  seq: number
  purchase_id: string
  buyer_id: number | ''
  amount: string
  day: string
  op: 'U' | 'D'
}
export interface Buyer {
  seq: number
  buyer_id: number
  segment: string
  op: 'U' | 'D'
}
export interface Wave {
  purchases: Purchase[]
  buyers: Buyer[]
}

const seq = fc.integer({ min: 1, max: SEQUENCES })
const op = fc.constantFrom('U' as const, 'U' as const, 'D' as const)
const purchase = fc.record({
  seq,
  purchase_id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  buyer_id: fc.constantFrom(1, 2, 3, '' as const),
  amount: fc.integer({ min: -500, max: 9999 }).map((pence) => (pence / 100).toFixed(2)),
  day: fc.constantFrom('2024-12-31', '2025-01-01', '2025-01-31', '2025-02-01'),
  op,
})
const buyer = fc.record({ seq, buyer_id: fc.constantFrom(1, 2, 3), segment: fc.constantFrom('home', 'shop', 'é=/%'), op })
const wave = fc.record({
  purchases: fc.uniqueArray(purchase, { minLength: 3, maxLength: 8, selector: (each) => `${each.seq} ${each.purchase_id}` }),
  buyers: fc.uniqueArray(buyer, { minLength: 1, maxLength: 4, selector: (each) => `${each.seq} ${each.buyer_id}` }),
})
const everySequence = Array.from({ length: SEQUENCES }, (_, index) => index + 1)

/** Random waves, the same each time. SLUICE_GOLD_WAVES=10 lands so many more and draws others, and SLUICE_SEED draws those of an earlier run again. */
export class Draws {
  readonly more = Number(process.env.SLUICE_GOLD_WAVES ?? 0)
  readonly seed = Number(process.env.SLUICE_SEED ?? (this.more === 0 ? 1 : Math.floor(Math.random() * 2 ** 31)))
  #drawn = 0

  wave(): Wave {
    const [drawn] = fc.sample(wave, { seed: this.seed + this.#drawn++, numRuns: 1 })
    return drawn as Wave
  }

  /** Of each sequence two whose buyers have not landed, one of which never does, and one without a buyer. */
  firstPurchases(): Purchase[] {
    const rows = [
      ['a', 1, '10.00', '2025-01-01'],
      ['z', 9, '5.00', '2025-01-31'],
      ['c', '', '1.00', '2025-02-01'],
    ] as const
    return everySequence.flatMap((seq) =>
      rows.map(([purchase_id, buyer_id, amount, day]) => ({ seq, purchase_id, buyer_id, amount, day, op: 'U' as const })),
    )
  }

  everyBuyer(segment: string): Buyer[] {
    return everySequence.flatMap((seq) => [1, 2, 3].map((buyer_id) => ({ seq, buyer_id, segment, op: 'U' as const })))
  }

  /** The quality rule of monthly_sales does not pass it. */
  tooLarge(): Purchase {
    return { seq: 1, purchase_id: 'large', buyer_id: 1, amount: '2000000.00', day: '2025-01-31', op: 'U' }
  }

  corrected(): Purchase {
    return { ...this.tooLarge(), amount: '20.00', day: '2025-01-01' }
  }
}

/** The lines of the files of a wave, with their heads; `version` says which wave is the newer. */
export const landedRows = ({ purchases, buyers }: Wave, version: number): Record<keyof Wave, string[]> => ({
  purchases: [
    'seq,purchase_id,buyer_id,amount,day,version,op',
    ...purchases.map(({ seq, purchase_id, buyer_id, amount, day, op }) => [seq, purchase_id, buyer_id, amount, day, version, op].join(',')),
  ],
  buyers: [
    'seq,buyer_id,segment,version,op',
    ...buyers.map(({ seq, buyer_id, segment, op }) => [seq, buyer_id, segment, version, op].join(',')),
  ],
})
