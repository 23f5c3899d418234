/**
 * Who runs the job, and who waits for a turn, in the whole stage. A batch asks only while it has its dataset's lease, so each dataset has one
 * entry at most.
 */
export interface JobSlots {
  entries: Record<string, SlotEntry>
  /** For compare-and-set; 0 for a row that is not written yet. */
  revision: number
}

export interface SlotEntry {
  /** The execution's ARN. */
  owner: string
  /** When it first asked. */
  since: string
  /** When it got its slot; an owner that asks again later renews it. Undefined while it waits. */
  takenAt?: string
}

export const NO_SLOTS: JobSlots = { entries: {}, revision: 0 }

export interface SlotAnswer {
  taken: boolean
  /** How many wait that asked earlier. */
  ahead: number
}

/**
 * Gives a slot to an owner when fewer than `most` are taken and each that has waited longer can have one too. An owner that another
 * execution of the dataset has followed is over: the newer one takes its place, and waits from now on.
 */
export function takeSlot(
  { entries }: JobSlots,
  { dataset, owner, most, now }: { dataset: string; owner: string; most: number; now: string },
): SlotAnswer & { entries: JobSlots['entries'] } {
  const own = entries[dataset]?.owner === owner ? entries[dataset] : undefined
  if (own?.takenAt !== undefined) return { taken: true, ahead: 0, entries: { ...entries, [dataset]: { ...own, takenAt: now } } }
  const mine = own ?? { owner, since: now }
  const others = Object.entries(entries).filter(([name]) => name !== dataset)
  const free = most - others.filter(([, { takenAt }]) => takenAt !== undefined).length
  const ahead = others.filter(([name, other]) => other.takenAt === undefined && isBefore([name, other], [dataset, mine])).length
  const taken = ahead < free
  return { taken, ahead, entries: { ...entries, [dataset]: taken ? { ...mine, takenAt: now } : mine } }
}

const isBefore = ([name, { since }]: [string, SlotEntry], [otherName, other]: [string, SlotEntry]) =>
  since < other.since || (since === other.since && name < otherName)

/** The entries without this owner's; undefined when there is none, or when it has been renewed after `heldBefore`. */
export function freeSlot({ entries }: JobSlots, dataset: string, owner: string, heldBefore?: string): JobSlots['entries'] | undefined {
  const { [dataset]: own, ...others } = entries
  if (own?.owner !== owner || (heldBefore !== undefined && (own.takenAt ?? own.since) > heldBefore)) return undefined
  return others
}

/** Those that wait, the next one first. */
export const waitingSlots = (entries: JobSlots['entries']): (SlotEntry & { dataset: string })[] =>
  Object.entries(entries)
    .filter(([, { takenAt }]) => takenAt === undefined)
    .sort((left, right) => (isBefore(left, right) ? -1 : 1))
    .map(([dataset, entry]) => ({ dataset, ...entry }))
