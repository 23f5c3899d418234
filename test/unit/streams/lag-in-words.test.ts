import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { lagInWords } from '../../../cli/batches/lag-in-words.ts'
import type { StreamLag } from '../../../cli/batches/stream-lag.ts'

const shard = (waitingSeconds: number | null) => ({ shard: 'shardId-000000000000', landedTo: '7', waitingSeconds })
const words = (lag: Omit<StreamLag, 'stream'>) => stripVTControlCharacters(lagInWords({ stream: 'clicks', ...lag }))

it.each([
  ['all has landed', { shards: [shard(0)] }, 'clicks, 1 shard: every record has landed'],
  ['records wait', { shards: [shard(0), shard(120)] }, /^clicks, 2 shards: records of 1 shard wait to land, the oldest for 2 min/],
  ['a topic, whose lag Lambda measured', { shards: [], waitingRecords: 3 }, /: 3 records wait to land$/],
  ['it cannot be looked at', { shards: [], problem: 'there is no stream clicks' }, 'there is no stream clicks'],
  ['a topic is not read', { shards: [shard(null)], waitingRecords: null, problem: 'topic clicks is not read' }, 'topic clicks is not read'],
])('tells how far a stream has landed: %s', (_case, lag, expected) => {
  expect(words(lag)).toMatch(typeof expected === 'string' ? new RegExp(`^${expected}$`) : expected)
})

it('tells what waits beside why the stream does not land: how long it may wait is what matters then', () => {
  expect(words({ shards: [shard(120)], problem: 'stream clicks is not read: its event source mapping is disabled' })).toMatch(
    /^stream clicks is not read: its event source mapping is disabled; clicks, 1 shard: records of 1 shard wait to land, the oldest for /,
  )
})
