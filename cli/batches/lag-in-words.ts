import { plural } from '../../functions/domain/words.ts'
import { inWords } from '../durations.ts'
import { terminal } from '../terminal.ts'
import type { StreamLag } from './stream-lag.ts'

/** A line of `sluice status` about a stream or topic. */
export function lagInWords(lag: StreamLag): string {
  if (lag.problem === undefined) return waitingInWords(lag)
  const problem = terminal.colours.red(lag.problem)
  // What waits in the shards is known although the stream does not land.
  return lag.shards.some(({ waitingSeconds }) => waitingSeconds !== null) ? `${problem}; ${waitingInWords(lag)}` : problem
}

function waitingInWords({ stream, shards, waitingRecords }: StreamLag): string {
  const { yellow } = terminal.colours
  if (waitingRecords !== undefined) {
    const topic = `${stream}, ${plural(shards.length, 'partition')} landed from in the last week`
    if (waitingRecords === null) return `${topic}: Lambda has measured no lag within a quarter of an hour`
    return waitingRecords === 0
      ? `${topic}: every record has landed`
      : `${topic}: ${yellow(`${plural(waitingRecords, 'record')} wait to land`)}`
  }
  const behind = shards.filter(({ waitingSeconds }) => Number(waitingSeconds) > 0)
  const all = `${stream}, ${plural(shards.length, 'shard')}`
  if (behind.length === 0) return `${all}: every record has landed`
  const oldest = Math.max(...behind.map(({ waitingSeconds }) => Number(waitingSeconds)))
  return `${all}: ${yellow(`records of ${plural(behind.length, 'shard')} wait to land, the oldest for ${inWords(oldest)}`)}`
}
