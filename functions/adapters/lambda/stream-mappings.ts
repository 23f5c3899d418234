import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import type { StreamMappings } from '../../ports/streams.ts'

export function lambdaStreamMappings(client: Pick<LambdaClient, 'send'> = new LambdaClient({})): StreamMappings {
  return {
    async find(FunctionName) {
      try {
        // One function lands one stream, so the first page has all.
        const { EventSourceMappings = [] } = await client.send(new ListEventSourceMappingsCommand({ FunctionName }))
        const [found] = EventSourceMappings
        if (found === undefined) return undefined
        const { UUID = '', State, LastProcessingResult, StateTransitionReason } = found
        return { id: UUID, state: State, lastResult: LastProcessingResult, reason: StateTransitionReason }
      } catch (error) {
        // Of a function that is not there.
        if ((error as Error).name === 'ResourceNotFoundException') return undefined
        throw error
      }
    },
  }
}
