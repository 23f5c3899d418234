import { tableKindSchema } from '../../domain/batch/table-kind.ts'
import type { Contract } from '../../domain/contract/contract.ts'
import { sourcesOf, upstream } from '../../domain/gold/graph.ts'
import { letsBegin } from '../../domain/gold/readiness.ts'
import type { Landing } from '../../domain/landing/landing.ts'
import { tableKindKey } from '../../domain/names.ts'
import type { Needs } from '../intake/intake.ts'

export type GoldContract = Contract & { gold: NonNullable<Contract['gold']> }
export const isGold = (contract: Contract | undefined): contract is GoldContract => contract?.gold !== undefined

/**
 * The sources that have never published, or whose table a rebuild is replacing: there is no table to read, or one of two kinds (docs/adr/0013). The gold dataset
 * waits for their next publication.
 */
export async function unpublishedSources({ gold }: GoldContract, { lake }: Needs<'lake'>): Promise<string[]> {
  const names = Object.keys(gold.sources)
  const noted = await Promise.all(names.map((source) => lake.getText(tableKindKey(source))))
  return names.filter((_, index) => {
    const text = noted[index]
    return text === undefined || tableKindSchema.parse(JSON.parse(text)).unfinished !== undefined
  })
}

/** Whether what waits may start a batch: `start` of the contract lets it, and every source has a table. */
export async function mayStart(contract: GoldContract, world: Needs<'lake' | 'landings'>): Promise<boolean> {
  const waiting: Landing[] = []
  for await (const page of world.landings.waiting(contract.dataset)) waiting.push(...page)
  if (!letsBegin(contract.gold, waiting)) return false
  return (await unpublishedSources(contract, world)).length === 0
}

/**
 * Datasets that it is made of, directly or not, in which something is on its way: waiting for them spares a second batch. Between two phases a dataset is idle for a
 * moment, and then files of it wait. What waits for a gold dataset may wait for long, and does not count.
 */
export async function busyUpstream(
  contract: GoldContract,
  { contracts, flows, landings }: Needs<'contracts' | 'flows' | 'landings'>,
): Promise<string[]> {
  const all = await contracts.all()
  const names = upstream(contract.dataset, sourcesOf(all))
  const busy = await Promise.all(
    all
      .filter(({ dataset }) => names.has(dataset))
      .map(async ({ dataset, gold }) => {
        if ((await flows.read(dataset)).phase !== 'idle') return [dataset]
        return gold === undefined && (await landings.oldestWaiting(dataset)) !== undefined ? [dataset] : []
      }),
  )
  return busy.flat()
}
