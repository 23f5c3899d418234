import { describe, expect, it } from 'vitest'
import { lambdaStreamMappings } from '../../../functions/adapters/lambda/stream-mappings.ts'
import { type Mapping, readingOf } from '../../../functions/domain/stream/mapping.ts'
import { createMappingStates } from '../../../laptop/lambda/mapping-states.ts'

/** What the sweep makes of what the laptop lists. */
async function readingAfter(...states: Parameters<ReturnType<typeof createMappingStates>['set']>[1][]) {
  const mappings = createMappingStates()
  for (const state of states) mappings.set('land_clicks', state)
  const send = async ({ input }: { input: { FunctionName: string } }) => ({ EventSourceMappings: mappings.list(input.FunctionName) })
  return readingOf((await lambdaStreamMappings({ send } as never).find('land_clicks')) as Mapping | undefined)
}

describe('a mapping of the laptop', () => {
  it('is no news before the first look, so that a start is no end of a trouble', async () => {
    expect(await readingAfter({ topic: 'clicks', isNew: true })).toEqual({ is: 'changing' })
  })

  it('is read, or cannot be, as the last look found', async () => {
    const streamArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/clicks'
    expect(await readingAfter({ streamArn, isNew: true }, { streamArn })).toEqual({ is: 'read' })
    expect(await readingAfter({ streamArn }, { streamArn, trouble: 'there is no stream clicks' })).toEqual({
      is: 'unreadable',
      words: 'there is no stream clicks',
    })
  })

  it('is missing for a function that reads nothing', async () => {
    expect(await readingAfter()).toEqual({ is: 'missing' })
  })
})
