/** What Lambda tells of the event source mappings of topics, by function. */
export interface TopicStates {
  set(functionName: string, state: { topic: string; trouble: string | undefined }): void
  /** As `ListEventSourceMappings` has them. */
  list(functionName: string): { Topics: string[]; State: string; LastProcessingResult: string }[]
}

export function createTopicStates(): TopicStates {
  const states = new Map<string, { topic: string; trouble: string | undefined }>()
  return {
    set: (functionName, state) => void states.set(functionName, state),
    list(functionName) {
      const state = states.get(functionName)
      if (!state) return []
      const { topic, trouble } = state
      return [{ Topics: [topic], State: 'Enabled', LastProcessingResult: trouble === undefined ? 'OK' : `PROBLEM: ${trouble}` }]
    },
  }
}
