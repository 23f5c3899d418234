import type { Deployment } from '../deployment/connect.ts'
import { type Judgement, judgeLetter } from './judge.ts'
import { DEAD_LETTER_QUEUES, type DeadLetterQueue, type ReceivedLetter } from './queues.ts'

/** A message that a function could not handle in five tries, as people see it. */
export interface DeadLetter extends Judgement {
  queue: DeadLetterQueue
  id: string
  sentAt: string
  /** Of one that no function can read. */
  body?: string
}

export type DeadLetterWorld = Pick<Deployment, 'contracts' | 'rawBucket' | 'deadLetters'>

/** The first `limit` dead letters of each queue; they stay where they are. */
export async function listDeadLetters(limit: number, world: DeadLetterWorld): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = []
  for await (const { letter, judgement } of judged(world, limit)) letters.push(shown(letter, judgement))
  return letters
}

export interface DeadLetterRedrive {
  letters: (DeadLetter & { action: 'sent-back' | 'discarded' | 'left' })[]
  sentBack: number
  discarded: number
  left: number
}

/** Sends every letter back that a function can read; the others stay, or go for good where that is asked for. */
export async function redriveDeadLetters(
  { dryRun, discardUnreadable }: { dryRun: boolean; discardUnreadable: boolean },
  world: DeadLetterWorld,
): Promise<DeadLetterRedrive> {
  const report: DeadLetterRedrive = { letters: [], sentBack: 0, discarded: 0, left: 0 }
  const count = { 'sent-back': 'sentBack', discarded: 'discarded', left: 'left' } as const
  for await (const { letter, judgement, settle } of judged(world)) {
    const action = judgement.goesTo !== null ? 'sent-back' : discardUnreadable ? 'discarded' : 'left'
    if (!dryRun && judgement.goesTo !== null) await settle(() => world.deadLetters.sendBack(letter, judgement.goesTo as string))
    else if (!dryRun && action === 'discarded') await settle(() => world.deadLetters.discard(letter))
    report.letters.push({ ...shown(letter, judgement), action })
    report[count[action]] += 1
  }
  return report
}

const shown = ({ queue, id, sentAt, body }: ReceivedLetter, judgement: Judgement): DeadLetter => ({
  queue,
  id,
  sentAt,
  ...judgement,
  ...(judgement.goesTo === null && { body }),
})

interface Judged {
  letter: ReceivedLetter
  judgement: Judgement
  /** Takes the letter away; one that is not settled is shown again when all have been seen, also after a failure. */
  settle(away: () => Promise<void>): Promise<void>
}

async function* judged({ contracts, rawBucket, deadLetters }: DeadLetterWorld, limit = Number.POSITIVE_INFINITY): AsyncIterable<Judged> {
  const known = new Map((await contracts.all()).map((contract) => [contract.dataset, contract]))
  for (const queue of DEAD_LETTER_QUEUES) {
    const existing = new Set<ReceivedLetter>()
    let count = 0
    try {
      for await (const page of deadLetters.receive(queue)) {
        for (const letter of page) existing.add(letter)
        for (const letter of page) {
          count += 1
          if (count > limit) break
          const settle = async (away: () => Promise<void>) => {
            await away()
            existing.delete(letter)
          }
          yield { letter, judgement: judgeLetter(letter, { rawBucket, contracts: known }), settle }
        }
        if (count >= limit) break
      }
    } finally {
      for (const letter of existing) await deadLetters.release(letter)
    }
  }
}
