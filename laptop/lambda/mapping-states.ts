/** A stream or topic that is read for a function. */
export interface MappingState {
  /** Of Kafka; without one it is a stream of Kinesis. */
  topic?: string
  streamArn?: string
  /** Why it cannot be read at the moment. */
  trouble?: string | undefined
  /** Before the first look at it. */
  isNew?: boolean
}

/** What Lambda tells of the event source mappings of streams and topics, by function. */
export interface MappingStates {
  set(functionName: string, state: MappingState): void
  /** As `ListEventSourceMappings` has them. */
  list(functionName: string): ListedMapping[]
}

interface ListedMapping {
  UUID: string
  Topics?: string[]
  EventSourceArn?: string
  State: string
  StateTransitionReason: string
  LastProcessingResult: string
}

export function createMappingStates(): MappingStates {
  const states = new Map<string, MappingState>()
  return {
    set: (functionName, state) => void states.set(functionName, state),
    list(functionName) {
      const state = states.get(functionName)
      if (!state) return []
      const { topic, streamArn, trouble, isNew = false } = state
      return [
        {
          UUID: functionName,
          ...(topic !== undefined && { Topics: [topic] }),
          ...(streamArn !== undefined && { EventSourceArn: streamArn }),
          State: isNew ? 'Enabling' : 'Enabled',
          StateTransitionReason: 'USER_INITIATED',
          LastProcessingResult: trouble === undefined ? 'OK' : `PROBLEM: ${trouble}`,
        },
      ]
    },
  }
}
